"""What a choice or an ingredient of a recipe adds, beside chance."""

import numpy as np

from vit_keras.lessons.results import by_group, gains, pooled_deviation
from vit_keras.lessons.tables.showing import beside_chance, markdown, points, table


@table("cats_vs_dogs_ablation", "choices")
def choices(file):
    """One changed choice a row, and its difference to the base beside the noise of test photographs and seeds."""
    names = list(file["settings"]["variants"])
    variants, base = by_group(file["runs"], "variant", names), names[0]
    deviation, seeds = pooled_deviation(variants), len(variants[base])
    standard_error = np.sqrt(0.75 * 0.25 / 2000)  # 2,000 test photographs, see the lesson
    noise = 2 * np.sqrt(2 * (standard_error**2 + deviation**2 / seeds))
    rows = {}
    for name, accuracies in variants.items():
        runs = [run for run in file["runs"] if run["variant"] == name]
        known, seconds = (np.mean([run[key] for run in runs]) for key in ("train_accuracy", "seconds"))
        gain = np.mean(accuracies) - np.mean(variants[base])
        rows[name] = [f"{runs[0]['parameters']:,}", f"{seconds:.0f}", f"{known:.1%}", f"{np.mean(accuracies):.1%}",
                      "" if name == base else f"{points(gain)} ± {100 * noise:.1f}"]
    text = markdown(["variant", "parameters", "seconds", "train", "test", "difference ± noise (points)"], rows)
    return text, {"accuracies": variants, "base": base, "noise": noise, "deviation": deviation, "seeds": seeds}


@table("weight_decay", "cases")
def decays(file):
    """No decay, the number of tensorflow-addons as it stands, and converted; the accuracies of each."""
    cases = file["settings"]["cases"]
    accuracy, length = (by_group(file["runs"], "case", cases, value) for value in ("test_accuracy", "length_after"))
    rows = {}
    for case, decay in cases.items():
        beside = "" if case == "none" else beside_chance(gains({name: accuracy[name] for name in ("none", case)})[-1])
        rows[case] = [f"{decay:g}", f"{len(accuracy[case])}", f"{np.mean(length[case]):.1f}",
                      f"{np.mean(accuracy[case]):.1%}", beside]
    return markdown(["decay", "in Keras", "seeds", "length of the weights at the end", "test", "beside none (points)"],
                    rows), accuracy


@table("ladder_cifar10", "rungs")
@table("ladder_cifar10_long", "rungs")
def rungs(file):
    """A ladder, what is more than chance in bold; test accuracies of every rung, for `plot_ladder`."""
    names = file["settings"]["ladder"]
    test, training = (by_group(file["runs"], "rung", names, f"{split}_accuracy") for split in ("test", "train"))
    rows = {}
    for rung in gains(test):
        gain = f"**{beside_chance(rung)}**" if rung.clear else beside_chance(rung)
        rows[rung.name] = [f"{len(rung.values)}", f"{np.mean(training[rung.name]):.1%}", f"{rung.mean:.1%}", gain]
    return markdown(["+", "seeds", "train", "test", "gain over the rung before (points)"], rows), test
