"""Results of `train` as Markdown tables, for lessons and README alike."""


def comparison(runs):
    """Models trained side by side, a row each.

    Args:
        runs: dict from a model's name to what `train` returned.

    Returns:
        str, a Markdown table. *train* is measured without augmentation.
    """
    lines = ["| model | parameters | epochs | images/s | seconds | train | validation | test | train - test |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for name, run in runs.items():
        lines.append(
            f"| {name} | {run['parameters']:,} | {run['epochs']:.1f} | {run['images_per_second']:.0f} | "
            f"{run['seconds']:.0f} | {run['train_accuracy']:.1%} | {run['validation_accuracy']:.1%} | "
            f"{run['test_accuracy']:.1%} | {100 * run['train_test_gap']:+.1f} points |"
        )
    return "\n".join(lines)
