"""A model's files from the Hugging Face hub, or a sentence that says how to get them without."""

import os
from pathlib import Path

FILES = ("model.safetensors", "config.json", "preprocessor_config.json")


def download_from_hub(name, revision=None):
    """The folder of a model on the Hugging Face hub, downloaded with a progress bar or taken from the cache.

    `VIT_KERAS_OFFLINE=1` and the smoke profile never touch the network.
    """
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or Path(name).suffix in (".npz", ".safetensors"):
        raise FileNotFoundError(f"There is no file or folder {name}, and a name on the hub looks like "
                                "google/vit-base-patch16-224.")
    by_hand = f"Download {', '.join(FILES)} of {name} with a browser into one folder, and pass the path of that folder."
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(f"{name} is no file here, and for names on the Hugging Face hub the package huggingface_hub "
                          f"is needed: pip install huggingface_hub. Or: {by_hand}") from error
    offline = (os.environ.get("VIT_KERAS_OFFLINE", "0") not in ("", "0")
               or os.environ.get("VIT_KERAS_PROFILE") == "smoke")
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=list(FILES), local_files_only=offline))
    except Exception as error:  # no network, no such model, no permission: the hub has an exception for each
        why = "VIT_KERAS_OFFLINE or the smoke profile forbids it" if offline else str(error).strip().split("\n")[0]
        raise ConnectionError(f"{name} cannot be downloaded from the Hugging Face hub: {why}. {by_hand}") from error
    if not (folder / "model.safetensors").is_file():
        raise ValueError(f"{name} has no model.safetensors on the hub; pickled weights are not read.")
    return folder
