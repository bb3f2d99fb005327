"""benchmarks/speed.py: what it counts, what it writes. Nothing is measured here."""

import json
import os
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import peers  # noqa: E402
import products  # noqa: E402
import speed  # noqa: E402
import tables  # noqa: E402

# 8x12 pixels in patches of 4: 2 x 3 = 6 patches, 7 tokens; 2 heads of width 5.
SIZE = {"image_shape": [8, 12, 3], "patch_size": 4, "num_layers": 3, "hidden_dim": 10, "num_heads": 2,
        "mlp_dim": 11, "num_classes": 13}


def result(images_per_second, **more):
    phase = {"images_per_second": images_per_second, "peak_memory_mb": 100.0}
    return {"training": phase, "inference": phase, "threads": {"cores": 2}, "parameters": 1234, **more}


def rounds_of(**images_per_second):
    return {speed.Case(name, "jax", True, "float32"): [v and result(v) for v in values]
            for name, values in images_per_second.items()}


def test_flops_are_those_counted_by_hand():
    patches = 2 * 6 * 48 * 10
    a_layer = 2 * 7 * 10 * 30 + 2 * (2 * 7 * 5 * 7) + 2 * (2 * 7 * 7 * 5) + 2 * 7 * 10 * 10 + 2 * (2 * 7 * 10 * 11)
    head = 2 * 10 * 13
    assert products.flops_per_image(SIZE, training=False) == patches + 3 * a_layer + head
    # Images need no gradient, so the patches' product is done twice in training, all others three times.
    assert products.flops_per_image(SIZE, training=True) == 2 * patches + 3 * (3 * a_layer + head)


def test_flops_grow_with_the_batch_only_in_rows_or_in_number_of_products():
    one, five = products.products(SIZE, 1), products.products(SIZE, 5)
    assert [5 * p.flops for p in one] == [p.flops for p in five]
    assert [(p.k, p.n) for p in one] == [(p.k, p.n) for p in five]


def test_clock_leaves_warm_up_out(monkeypatch):
    now = iter([0.0, 30.0, 31.0, 32.0, 34.0, 36.0, 38.0])  # begin, three warm-up steps, three steps of two seconds
    monkeypatch.setattr(peers.time, "perf_counter", lambda: next(now))
    clock = peers.Clock(seconds=5, warm_up=3, least=3)
    assert [clock.tick() for _ in range(6)] == [False] * 5 + [True]
    measured = clock.result(batch=8)
    assert measured["images_per_second"] == 8 * 3 / 6
    assert measured["first_step_seconds"] == 30


def test_ratio_is_taken_in_each_round_to_that_rounds_fastest_peer():
    rounds = rounds_of(ours=[60, 30, 90], kerashub=[50, 20, 30], huggingface=[40, 30, 45], products=[999, 999, 999])
    ours = speed.measurements(rounds)[0]
    assert ours["training"]["of_fastest_peer"]["rounds"] == [60 / 50, 30 / 30, 90 / 45]
    assert ours["training"]["of_fastest_peer"]["median"] == 1.2


def test_a_round_that_failed_is_left_out():
    rows = speed.measurements(rounds_of(ours=[60, 40], kerashub=[50, None], kerasio=[None, None]))
    assert [row["implementation"] for row in rows] == ["ours", "kerashub"]
    assert rows[0]["training"]["of_fastest_peer"]["rounds"] == [60 / 50]


def test_without_peers_there_is_no_ratio():
    row, = speed.measurements(rounds_of(ours=[60, 40]))
    assert "of_fastest_peer" not in row["training"]
    assert "| - |" in tables.speeds([row])


def test_table_shows_median_and_spread_fastest_first():
    rounds = rounds_of(kerashub=[20, 30, 25], ours=[61, 60, 62.04])
    limit = {**result(71), "matmul_gflops": 170.0}
    rounds[speed.Case("products", "jax", True, "float32")] = [limit, limit, limit]
    lines = tables.speeds(speed.measurements(rounds)).splitlines()
    assert lines[0] == "### float32"
    assert "| jax | 170 [170-170] | 71.0 [71.0-71.0] | 71.0 [71.0-71.0] |" in lines
    ours, kerashub = lines[-2:]
    assert ours.startswith("| ours-jax | 1,234 | 61.0 [60.0-62.0] | 2.48 | 100 |")
    assert kerashub.startswith("| kerashub-jax | 1,234 | 25.0 [20.0-30.0] | 1.00 | 100 |")


def test_names_say_what_compiles():
    names = [case.name for case in speed.cases(["float32", "bfloat16"])]
    assert len(set(names)) == len(names)
    assert {"ours-tensorflow-float32", "ours-tensorflow-xla-bfloat16", "ours-jax-float32", "ours-torch-float32",
            "ours-torch-compile-float32", "huggingface-torch-bfloat16", "kerashub-jax-float32",
            "kerasio-tensorflow-xla-float32"} <= set(names)


def test_json_is_complete_and_written_whole(tmp_path):
    arguments = speed.parse(["--preset", "small", "--only", "ours|kerashub"])
    rounds = rounds_of(ours=[60.0], kerashub=[50.0])
    path = tmp_path / "new" / "speed.json"
    speed.write_json(path, speed.report(arguments, SIZE, rounds, {"x": "not installed: y"}, [0.5]))
    assert [p.name for p in path.parent.iterdir()] == ["speed.json"]
    written = json.loads(path.read_text(encoding="utf-8"))
    assert {"command", "date", "git_commit", "versions", "hardware", "size", "batch", "measurements", "skipped"} <= set(
        written)
    assert written["command"] == "python benchmarks/speed.py --preset small --only 'ours|kerashub'"
    assert set(written["measurements"][0]["training"]["images_per_second"]) == {"median", "min", "max", "rounds"}


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "speed.json"
    speed.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        speed.write_json(path, {"a": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"] and json.loads(path.read_text()) == {"a": 1}


def test_ctrl_c_right_after_the_file_took_its_place_is_heard(monkeypatch, tmp_path):
    """Once it became "the file is not there", which a training run goes on after."""
    def interrupted(source, target, replace=os.replace):
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        speed.write_json(tmp_path / "speed.json", {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"]


def test_what_is_not_installed_is_skipped_and_named(monkeypatch, capsys):
    monkeypatch.setattr(speed, "missing", lambda case: ["keras_hub"])
    assert speed.main(["--only", "kerashub-jax-float32", "--preset", "tiny"]) == 1
    assert "SKIPPED kerashub-jax-float32: not installed: keras_hub" in capsys.readouterr().out


def test_a_failure_is_reported_without_this_machines_paths(monkeypatch):
    class Done:
        returncode, stdout = 1, ""
        stderr = f"Traceback\nImportError: no name 'x' in '{speed.ROOT}/vit_keras/__init__.py'\n"

    monkeypatch.setattr(speed.subprocess, "run", lambda *args, **kwargs: Done)
    answer = speed.run(speed.Case("ours", "jax", True, "float32"), SIZE, 8, 1, 60)
    assert answer == {"error": "exit code 1: ImportError: no name 'x' in 'vit_keras/__init__.py'"}


def test_peak_memory_is_known_here():
    assert peers.peak_memory_mb() > 5
