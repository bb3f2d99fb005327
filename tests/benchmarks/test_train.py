"""benchmarks/train.py: what it refuses, what it writes. One step of each model, on drawn images."""

import ast
import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import train as script

import vit_keras

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


def sizes_in(lesson, profile):
    """{"vit_size": ..., "cnn_size": ...} as a lesson's source spells them out for a profile."""
    tree = ast.parse((BENCHMARKS.parent / "notebooks/src" / f"{lesson}.py").read_text(encoding="utf-8"))
    found = {"pick": lambda **values: values[profile]}
    names = ("behind", "small", "vit_size", "cnn_size", "hybrid_size")
    for line in tree.body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") in names:
            exec(ast.unparse(line), found)
    return found


@pytest.mark.parametrize("profile", ["laptop", "gpu"])
@pytest.mark.parametrize("lesson, data, more", [
    ("05_ViT_image_classification_example", "cifar10", {"patch_size": 4}),  # written where the model is made
    ("06_ViT_image_classification_example_cats_dogs", "cats_vs_dogs", {}),
])
def test_lessons_spell_out_the_sizes_that_were_recorded(monkeypatch, lesson, data, more, profile):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    experiment, found = script.experiments()[data], sizes_in(lesson, profile)
    assert more | found["vit_size"] == experiment.vit
    assert found["cnn_size"] == experiment.cnn


@pytest.mark.parametrize("profile", ["laptop", "gpu"])
def test_lesson_8_spells_out_the_sizes_that_were_recorded(monkeypatch, profile):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    experiment, found = script.experiments()["cifar10"], sizes_in("08_hybrid_architecture", profile)
    assert (found["vit_size"], found["hybrid_size"], found["cnn_size"]) == (
        experiment.vit, experiment.hybrid, experiment.cnn)


@pytest.mark.parametrize("name, shape", [("cifar10", (32, 32, 3)), ("cats_vs_dogs", (112, 112, 3))])
def test_models_that_meet_are_of_one_order(monkeypatch, name, shape):
    for profile in ("smoke", "laptop"):
        monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
        images = vit_keras.Split(np.zeros((1, *shape), "uint8"), np.zeros(1, "int32"))
        dataset = vit_keras.Dataset(images, images, images, ("a", "b"), "none")
        experiment = script.experiments()[name]
        vit, hybrid, stem, cnn = (experiment.create(model, dataset).count_params()
                                  for model in ("vit", "hybrid", "stem", "cnn"))
        assert 1 / 4 < vit / cnn < 4, f"{profile}: {vit:,} and {cnn:,} parameters"
        assert stem < hybrid and 1 / 4 < hybrid / vit < 4, f"{profile}: {vit:,} and {hybrid:,} parameters"


def run_of(**changes):
    history = {"seconds": [30.0, 60.0], "accuracy": [0.5, 0.6], "val_accuracy": [0.5, 0.7]}
    return {
        "parameters": 142_346, "epochs": 8.3, "images_per_second": 812.4, "seconds": 601.3, "train_accuracy": 0.651,
        "validation_accuracy": 0.6248, "test_accuracy": 0.619, "train_test_gap": 0.032, "history": history, **changes,
    }


def test_the_table_compares_what_the_course_asks_for():
    heads, rule, vit, cnn = script.comparison({"ViT": run_of(), "CNN": run_of(train_test_gap=-0.004)}).splitlines()
    assert [cell.strip() for cell in heads.strip("|").split("|")] == [
        "model", "parameters", "epochs", "images/s", "seconds", "train", "validation", "test", "train - test",
    ]
    assert vit == "| ViT | 142,346 | 8.3 | 812 | 601 | 65.1% | 62.5% | 61.9% | +3.2 points |"
    assert cnn.startswith("| CNN |") and cnn.endswith("| -0.4 points |")
    assert len({line.count("|") for line in (heads, rule, vit, cnn)}) == 1


def test_a_step_of_each_model_writes_json_and_figure(monkeypatch, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(script, "ROOT", tmp_path)
    titles, draw_curves = [], script.draw_curves
    monkeypatch.setattr(script, "draw_curves", lambda runs, title, path: titles.append(title) or
                        draw_curves(runs, title, path))
    script.main(["--source", "drawn", "--limit", "128", "--epochs", "0.05"])  # less than a step is made one

    result = json.loads((tmp_path / "results/local/drawn_shapes_10_smoke.json").read_text())
    assert list(result["runs"]) == ["vit", "cnn"]
    assert result["command"] == "python benchmarks/train.py --source drawn --limit 128 --epochs 0.05"
    assert (result["profile"], result["recipe"]["epochs"], result["recipe"]["minutes"]) == ("smoke", 0.05, None)
    assert {"backend", "source", "versions", "hardware", "git_commit", "date"} <= set(result)
    for run in result["runs"].values():
        assert run["steps"] == 1 and run["parameters"] > 0 and "size" in run
        assert 0 <= run["test_accuracy"] <= 1 and len(run["history"]["val_accuracy"]) == 1
    assert (tmp_path / "results/local/drawn_shapes_10_smoke.png").read_bytes()[:4] == b"\x89PNG"
    assert titles == ["Drawn shapes, NOT CIFAR-10, smoke profile"]  # a picture is passed on without its console

    written = capsys.readouterr().out
    assert result["source"] in written and result["source"].startswith("Drawn")
    assert script.comparison(script.titled(result["runs"])) in written
    assert "results" in written.splitlines()[-1]
    leftovers = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in leftovers) == [".json", ".png"]  # no backup of a finished run


def test_a_recorded_run_gets_its_name(monkeypatch, tmp_path):
    def train(model, dataset, recipe, backup_dir, after_epoch, **_):
        assert backup_dir == tmp_path / "results/local/mine.unfinished/vit"  # not among the recorded results
        return run_of()

    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script.vit_keras, "train", train)
    monkeypatch.setattr(script, "draw_curves", lambda runs, title, path: path.write_bytes(b"drawn"))
    script.main(["--source", "drawn", "--limit", "10", "--models", "vit", "--record", "mine"])
    files = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["mine.json", "mine.png"]


def test_after_a_kill_the_models_that_are_done_are_not_trained_again(monkeypatch, tmp_path):
    trained = []

    def train(model, dataset, recipe, backup_dir, after_epoch, **_):
        trained.append(model.name)
        after_epoch({"val_accuracy": [0.5]})
        so_far = json.loads((tmp_path / "results/local/drawn_shapes_10_smoke.so_far.json").read_text())
        assert so_far["runs"][backup_dir.name] == {
            "size": so_far["runs"][backup_dir.name]["size"], "finished": False, "history": {"val_accuracy": [0.5]}}
        if trained == ["vit", "cnn"]:
            raise KeyboardInterrupt
        return run_of()

    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script.vit_keras, "train", train)
    monkeypatch.setattr(script, "draw_curves", lambda runs, title, path: path.write_bytes(b"drawn"))
    words = ["--source", "drawn", "--limit", "10", "--epochs", "1"]
    with pytest.raises(KeyboardInterrupt):
        script.main(words)
    script.main(words)
    assert trained == ["vit", "cnn", "cnn"]
    result = json.loads((tmp_path / "results/local/drawn_shapes_10_smoke.json").read_text())
    assert list(result["runs"]) == ["vit", "cnn"]
    script.main(words)  # it is whole: another run is a new one
    assert trained == ["vit", "cnn", "cnn", "vit", "cnn"]


def test_results_of_another_recipe_are_not_taken_over(monkeypatch, tmp_path):
    monkeypatch.setattr(script, "ROOT", tmp_path)
    so_far = tmp_path / "so_far.json"
    mine = {"profile": "smoke", "backend": "jax", "source": "Drawn.", "recipe": {"crop_scale": (0.5, 1.0)},
            "git_commit": "a", "runs": {"vit": {"seconds": 1}, "cnn": {"finished": False}}}
    so_far.write_text(json.dumps(mine))
    assert script.finished(so_far, mine) == {"vit": {"seconds": 1}}
    for change in ({"source": "CIFAR-10."}, {"recipe": {"crop_scale": None}}, {"git_commit": "b"}):
        assert script.finished(so_far, {**mine, **change}) == {}
    assert script.finished(tmp_path / "none.json", mine) == {}


@pytest.mark.parametrize("content", ["", '{"runs": {"vit": ', "[]", '{"runs": 3}', "null"])
def test_results_that_are_half_written_are_no_results(tmp_path, capsys, content):
    (tmp_path / "so_far.json").write_text(content)
    assert script.finished(tmp_path / "so_far.json", {}) == {}
    assert "cannot be read" in capsys.readouterr().out


def test_a_full_disk_while_it_trains_costs_nothing_and_at_the_end_no_training(monkeypatch, tmp_path, capsys):
    trained, full = [], [True]

    def train(model, dataset, recipe, backup_dir, after_epoch, keep_backup):
        assert keep_backup
        backup_dir.mkdir(parents=True, exist_ok=True)
        if not (backup_dir / "state.npz").is_file():
            trained.append(model.name)
            after_epoch({"val_accuracy": [0.5]})
            (backup_dir / "state.npz").write_text("the trained model")
        return run_of()

    def write_json(path, content):
        if full[0]:
            raise OSError(28, "No space left on device")
        written(path, content)

    written = script.write_json
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script.vit_keras, "train", train)
    monkeypatch.setattr(script, "write_json", write_json)
    monkeypatch.setattr(script, "draw_curves", lambda runs, title, path: path.write_bytes(b"drawn"))
    words = ["--source", "drawn", "--limit", "10", "--models", "vit"]
    with pytest.raises(OSError, match="could not be written .No space left on device.. The trained model is kept"):
        script.main(words)
    assert "drawn_shapes_10_smoke.so_far.json could not be written (No space left on device). Training goes on." in (
        capsys.readouterr().out)
    full[0] = False
    script.main(words)
    assert trained == ["vit"] and (tmp_path / "results/local/drawn_shapes_10_smoke.json").is_file()
    assert not (tmp_path / "results/local/drawn_shapes_10_smoke.unfinished").exists()


def test_distribution_is_jax_s(monkeypatch):
    if script.keras.backend.backend() == "jax":
        pytest.skip("JAX is the backend that is not refused")
    with pytest.raises(ValueError, match="--distribute needs KERAS_BACKEND=jax: got"):
        script.main(["--distribute", "--epochs", "1"])


def test_the_default_is_a_budget_of_time(monkeypatch):
    for profile, minutes in (("smoke", 0.5), ("laptop", 10), ("gpu", 10)):
        monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
        options = script.parse([])
        assert (options.recipe.minutes, options.recipe.epochs, options.models) == (minutes, None, ["vit", "cnn"])


def test_the_default_is_the_recipe_that_was_measured_to_learn_fastest(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    plain, named = script.parse([]), script.parse(["--recipe", "ten-minutes"])
    assert plain.recipe == named.recipe and plain.recipe.muon and plain.experiment.mimetic
    assert script.parse(["--data", "cats_vs_dogs"]).recipe == script.parse(
        ["--data", "cats_vs_dogs", "--recipe", "course"]).recipe


def test_every_setting_reaches_the_recipe():
    words = "--epochs 2 --batch-size 32 --learning-rate 0.002 --weight-decay 0.1 --label-smoothing 0 --seed 5"
    recipe = script.parse(words.split()).recipe
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate) == (2, 32, 0.002)
    assert (recipe.weight_decay, recipe.label_smoothing, recipe.seed) == (0.1, 0, 5)


def test_hours_have_sizes_and_a_recipe_of_their_own(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    short, long = (script.parse(f"--data cats_vs_dogs --epochs 2 {word}".split()) for word in ("", "--long"))
    assert (short.recipe.crop_scale, short.recipe.ema, short.experiment.mimetic) == (None, None, False)
    assert (long.recipe.crop_scale, long.recipe.ema, long.experiment.mimetic) == ((0.35, 1.0), 0.999, True)
    assert long.experiment.vit == {  # what is not named stays
        **short.experiment.vit, "patch_size": 8, "stochastic_depth": 0.1}
    assert script.parse("--long --epochs 2".split()).recipe == script.parse("--epochs 2".split()).recipe  # CIFAR-10


# ---- Named recipes ----

def test_a_recipe_is_called_by_its_name(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    start, course, whole = (script.parse(["--recipe", name, "--minutes", "9", "--seed", "4"])
                            for name in ("keras.io", "course", "small-data"))
    assert (start.recipe.decay, start.recipe.crop_padding, start.experiment.vit["dropout_rate"]) == (False, 0, 0.1)
    assert course.recipe == vit_keras.Recipe(minutes=9, whole_epochs=True, seed=4)  # the defaults
    assert (whole.recipe.trivial_augment, whole.recipe.cutmix, whole.recipe.random_erasing) == (1.0, 1.0, 0.25)
    assert whole.experiment.vit["stochastic_depth"] == whole.experiment.hybrid["stochastic_depth"] == 0.1
    assert whole.experiment.mimetic and not start.experiment.mimetic
    for options in (start, course, whole):
        assert (options.models, options.recipe.seed, options.recipe.whole_epochs) == (["vit"], 4, True)
    assert not script.parse(["--recipe", "course", "--epochs", "2"]).recipe.whole_epochs
    assert script.parse(["--recipe", "small-data", "--data", "cats_vs_dogs"]).recipe.crop_padding == 14


def test_what_is_given_beside_a_recipe_counts_more():
    assert script.parse(["--recipe", "small-data", "--learning-rate", "0.5"]).recipe.learning_rate == 0.5


def test_every_seed_of_a_recipe_has_its_own_files(tmp_path):
    found = [script.paths(script.parse(["--recipe", "course", "--seed", seed, "--folder", str(tmp_path)]), "smoke")
             for seed in "01"]
    assert [path.name for path in found[1]] == [
        f"cifar10_smoke_course_seed1{end}" for end in (".json", ".so_far.json", ".unfinished")]
    assert all(path.parent == tmp_path for path in (*found[0], *found[1])) and not set(found[0]) & set(found[1])


# Finds what another finder finds, and none of three packages. Ctrl-C comes after the first epoch, then the same again.
ON_JAX = """
import os, runpy, signal, sys
class Without:
    def __init__(self, finder): self.finder = finder
    def find_spec(self, name, *more):
        missing = name.split('.')[0] in ('tensorflow', 'torch', 'matplotlib')
        return None if missing else self.finder.find_spec(name, *more)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
import vit_keras
def train(*arguments, after_epoch, trained=vit_keras.train, **more):
    def then_ctrl_c(history):
        after_epoch(history)
        os.kill(os.getpid(), signal.SIGINT)
    vit_keras.train = trained
    return trained(*arguments, after_epoch=then_ctrl_c, **more)
vit_keras.train = train
sys.path.insert(0, {benchmarks!r}); sys.argv = ['train.py', *{words!r}]
for turn in range(2):
    try:
        runpy.run_path({benchmarks!r} + '/train.py', run_name='__main__')
    except SystemExit as stopped:
        print('STOPPED:', stopped.code)
"""


def as_in_a_terminal():
    """Whoever runs the tests in the background ignores Ctrl-C, and so would their child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def in_a_terminal(*command, **environment):
    return subprocess.Popen([sys.executable, "-u", *command], text=True, stdout=subprocess.PIPE, cwd=BENCHMARKS.parent,
                            stderr=subprocess.PIPE, preexec_fn=as_in_a_terminal,
                            env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent), **environment})


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_while_packages_load_ends_it_without_a_traceback(tmp_path):
    process = in_a_terminal(str(BENCHMARKS / "train.py"), "--source", "drawn", "--folder", str(tmp_path))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.7)
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=120)
    assert process.returncode and "Traceback" not in said + wrong, wrong


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_after_ctrl_c_it_goes_on_on_jax_where_there_is_no_tensorflow(tmp_path, tmp_path_factory):
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    words = ["--recipe", "small-data", "--source", "drawn", "--limit", "160", "--epochs", "4", "--seed", "3",
             "--folder", str(tmp_path)]
    cache = tmp_path_factory.mktemp("jax")  # compiled once for both turns
    process = in_a_terminal("-c", ON_JAX.format(benchmarks=str(BENCHMARKS), words=words), KERAS_BACKEND="jax",
                            JAX_COMPILATION_CACHE_DIR=str(cache), JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
                            JAX_DISABLE_MOST_OPTIMIZATIONS="1")  # there is more to compile than to compute
    said, wrong = process.communicate(timeout=300)
    assert process.returncode == 0 and "Traceback" not in said + wrong, wrong
    first, second = said.split("STOPPED:")
    assert f"is kept in {tmp_path}/drawn_shapes_10_smoke_small-data_seed3.unfinished/vit" in first
    assert "Stopped after step" in first and "the same call goes on from there" in first
    assert "going on after epoch 1.00" in second
    result = json.loads((tmp_path / "drawn_shapes_10_smoke_small-data_seed3.json").read_text())
    assert (result["backend"], result["recipe_name"], result["runs"]["vit"]["steps"]) == ("jax", "small-data", 20)
    (written,) = tmp_path.iterdir()  # and no figure
    assert written.name == "drawn_shapes_10_smoke_small-data_seed3.json"
    assert script.comparison({"ViT": result["runs"]["vit"]}) in second


@pytest.mark.parametrize("words, message", [
    ("--recipe best", "--recipe takes keras.io, course, course-muon, ten-minutes, evening, small-data: got best"),
    ("--data imagenet", "or the path of a folder or zip: got imagenet, which does not exist"),
    ("--source fake", "invalid choice: 'fake'"),
    ("--models vit,rnn", "--models takes vit, hybrid, stem, cnn: got rnn"),
    ("--epochs 1 --minutes 1", "and not both: got epochs=1.0 and minutes=1.0"),
    ("--epochs 0", "`epochs` must be positive: got epochs=0"),
    ("--minutes -1", "`minutes` must be positive: got minutes=-1"),
    ("--batch-size 0", "`batch_size` must be positive: got batch_size=0"),
    ("--batch-size many", "invalid int value: 'many'"),
    ("--epoch-count 3", "unrecognized arguments"),
])
def test_wrong_words_are_refused_before_anything_is_loaded(capsys, words, message):
    with pytest.raises(SystemExit) as stopped:
        script.main(words.split())
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_own_pictures_of_any_classes_are_trained_on(tmp_path, monkeypatch):
    from pictures import jpeg, store

    from vit_keras.data import files

    monkeypatch.setattr(files, "cache_root", lambda: tmp_path / "cache")
    path = store(tmp_path / "my flowers", {f"{kind}/{index}.jpg": jpeg([index, label]) for label, kind in enumerate(
        ("rose", "tulip", "장미")) for index in range(30)})
    options = script.parse(["--data", str(path)])
    dataset = options.experiment.load("auto", limit=None)
    assert options.data == "my_flowers" and dataset.class_names == ("rose", "tulip", "장미")
    assert options.experiment.recipe == script.experiments()["cats_vs_dogs"].recipe
    script.main(["--data", str(path), "--epochs", "1", "--models", "vit", "--batch-size", "16", "--folder",
                 str(tmp_path / "out")])
    result = json.loads((tmp_path / "out/my_flowers_smoke.json").read_text(encoding="utf-8"))
    assert result["source"].startswith("Photographs from my flowers, the shorter side scaled to 112 pixels")
    with pytest.raises(ValueError, match="not drawn"):
        options.experiment.load("drawn")
    with pytest.raises(SystemExit):
        script.parse(["--data", str(tmp_path / "nowhere")])


def test_the_command_line_knows_recipes_and_settings_without_loading_them():
    assert tuple(script.named()) == script.RECIPES
    defaults = {field.name: field.default for field in dataclasses.fields(vit_keras.Recipe)}
    assert {name: type(defaults[name]) for name in script.SETTINGS} == script.SETTINGS
