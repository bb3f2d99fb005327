"""benchmarks/speed/: what is counted and written, that cases are measured in turns, and that every ingredient runs."""

import json

import pytest
from speed import compare, peers, pipeline, products

from vit_keras import Recipe

pytestmark = pytest.mark.usefixtures("eager_steps")

# 8x12 pixels in patches of 4: 2 x 3 = 6 patches, 7 tokens; 2 heads of width 5.
SIZE = {"image_shape": [8, 12, 3], "patch_size": 4, "num_layers": 3, "hidden_dim": 10, "num_heads": 2,
        "mlp_dim": 11, "num_classes": 13}


def result(images_per_second, **more):
    phase = {"images_per_second": images_per_second, "peak_memory_mb": 100.0}
    return {"training": phase, "inference": phase, "threads": {"cores": 2}, "parameters": 1234, **more}


def rounds_of(**images_per_second):
    return {compare.Case(name, "jax", True, "float32"): [v and result(v) for v in values]
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
    ours = compare.measurements(rounds)[0]
    assert ours["training"]["of_fastest_peer"]["rounds"] == [60 / 50, 30 / 30, 90 / 45]
    assert ours["training"]["of_fastest_peer"]["median"] == 1.2


def test_a_round_that_failed_is_left_out():
    rows = compare.measurements(rounds_of(ours=[60, 40], kerashub=[50, None], kerasio=[None, None]))
    assert [row["implementation"] for row in rows] == ["ours", "kerashub"]
    assert rows[0]["training"]["of_fastest_peer"]["rounds"] == [60 / 50]


def test_without_peers_there_is_no_ratio():
    row, = compare.measurements(rounds_of(ours=[60, 40]))
    assert "of_fastest_peer" not in row["training"]
    assert "| - |" in compare.speeds([row])


def test_table_shows_median_and_spread_fastest_first():
    rounds = rounds_of(kerashub=[20, 30, 25], ours=[61, 60, 62.04])
    limit = {**result(71), "matmul_gflops": 170.0}
    rounds[compare.Case("products", "jax", True, "float32")] = [limit, limit, limit]
    lines = compare.speeds(compare.measurements(rounds)).splitlines()
    assert lines[0] == "### float32"
    assert "| jax | 170 [170-170] | 71.0 [71.0-71.0] | 71.0 [71.0-71.0] |" in lines
    ours, kerashub = lines[-2:]
    assert ours.startswith("| ours-jax | 1,234 | 61.0 [60.0-62.0] | 2.48 | 100 |")
    assert kerashub.startswith("| kerashub-jax | 1,234 | 25.0 [20.0-30.0] | 1.00 | 100 |")


def test_names_say_what_compiles():
    names = [case.name for case in compare.cases(["float32", "bfloat16"])]
    assert len(set(names)) == len(names)
    assert {"ours-tensorflow-float32", "ours-tensorflow-xla-bfloat16", "ours-jax-float32", "ours-torch-float32",
            "ours-torch-compile-float32", "huggingface-torch-bfloat16", "kerashub-jax-float32",
            "kerasio-tensorflow-xla-float32"} <= set(names)


def test_json_is_complete_and_written_whole(tmp_path):
    arguments = compare.parse(["--preset", "small", "--only", "ours|kerashub"])
    rounds = rounds_of(ours=[60.0], kerashub=[50.0])
    path = tmp_path / "new" / "speed.json"
    compare.write_json(path, compare.report(arguments, SIZE, rounds, {"x": "not installed: y"}, [0.5]))
    assert [p.name for p in path.parent.iterdir()] == ["speed.json"]
    written = json.loads(path.read_text(encoding="utf-8"))
    assert {"command", "date", "git_commit", "versions", "hardware", "size", "batch", "measurements", "skipped"} <= set(
        written)
    assert written["command"] == "python benchmarks/speed/compare.py --preset small --only 'ours|kerashub'"
    assert set(written["measurements"][0]["training"]["images_per_second"]) == {"median", "min", "max", "rounds"}


def test_what_is_not_installed_is_skipped_and_named(monkeypatch, capsys):
    monkeypatch.setattr(compare, "missing", lambda case: ["keras_hub"])
    assert compare.main(["--only", "kerashub-jax-float32", "--preset", "tiny"]) == 1
    assert "SKIPPED kerashub-jax-float32: not installed: keras_hub" in capsys.readouterr().out


def test_a_failure_is_reported_without_this_machines_paths(monkeypatch):
    class Done:
        returncode, stdout = 1, ""
        stderr = f"Traceback\nImportError: no name 'x' in '{compare.ROOT}/vit_keras/__init__.py'\n"

    monkeypatch.setattr(compare.subprocess, "run", lambda *args, **kwargs: Done)
    answer = compare.run(compare.Case("ours", "jax", True, "float32"), SIZE, 8, 1, 60)
    assert answer == {"error": "exit code 1: ImportError: no name 'x' in 'vit_keras/__init__.py'"}


def test_peak_memory_is_known_here():
    assert peers.peak_memory_mb() > 5


# ---- What a recipe costs ----

TINY = {"image_shape": [8, 12, 3], "patch_size": 4, "num_classes": 10, "num_layers": 1, "hidden_dim": 8, "num_heads": 2,
        "mlp_dim": 8}


def test_everything_is_all_that_a_recipe_has():
    everything = {**pipeline.NOTHING, **pipeline.EVERYTHING}
    for name in ("crop_padding", "flip", "trivial_augment", "random_erasing", "mixup", "cutmix", "ema"):
        assert everything[name] and not getattr(Recipe(1, **pipeline.NOTHING), name)
    for changes, _ in pipeline.CASES.values():
        Recipe(1, **{**pipeline.NOTHING, **changes})


def test_cases_are_measured_in_turns():
    order = []

    class Steps:
        def __init__(self, name, cost):
            self.name, self.cost = name, cost

        def seconds(self, number):
            order.append(self.name)
            return number * self.cost

    steps = {"nothing": Steps("nothing", 0.1), "everything": Steps("everything", 0.11)}
    measured = pipeline.in_turns(steps, seconds=1, rounds=2)
    assert order[4:] == ["everything", "nothing", "nothing", "everything"]  # after two calls each to get ready
    assert measured["nothing"] == pytest.approx([0.1, 0.1])
    found = pipeline.ratios(measured, "everything", "nothing")
    assert (found["median"], len(found["rounds"])) == (pytest.approx(1.1), 2)


def test_a_cost_is_measured_and_told(monkeypatch, tmp_path, capsys):
    for name, (changes, model) in list(pipeline.CASES.items()):
        monkeypatch.setitem(pipeline.CASES, name, ({**changes, "jit_compile": False}, model))
    monkeypatch.setattr(pipeline, "NOTHING", {**pipeline.NOTHING, "jit_compile": False})
    monkeypatch.setitem(pipeline.PRESETS, "tiny", TINY)
    monkeypatch.setattr(pipeline, "ROOT", tmp_path)
    monkeypatch.setattr(pipeline, "shown", str)
    pipeline.main(["--preset", "tiny", "--batch", "4", "--seconds", "0.001", "--rounds", "2", "--record", "cost",
                        "--cases", "everything", "four parts", "bfloat16"])
    result = json.loads((tmp_path / "results/cost.json").read_text())
    assert set(result["seconds_a_step"]) == {"nothing", "everything", "four parts", "bfloat16", "pipeline"}
    assert all(len(values) == 2 and min(values) > 0 for values in result["seconds_a_step"].values())
    assert set(result["beside_nothing"]) == {"everything", "four parts", "bfloat16"}
    share, written = result["pipeline_share"]["median"], capsys.readouterr().out
    assert f"The pipeline is {share:.1%} of a step with everything on" in written
    assert f"| everything | {1000 * sum(result['seconds_a_step']['everything']) / 2:.1f} |" in written


@pytest.mark.parametrize("words", [["--cases", "nothing"], ["--batch", "0"], ["--seconds", "0"]])
def test_wrong_words_of_pipeline_are_refused(words):
    with pytest.raises(SystemExit):
        pipeline.parse(words)
