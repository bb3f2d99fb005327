"""Recorded speed as Markdown tables; for trained models there is `vit_keras.lessons.results`."""

def speeds(rows):
    """Speed: a table for each precision, fastest training first, the matrix products alone above it."""

    def spread(entry, digits):
        return f"{entry['median']:.{digits}f} [{entry['min']:.{digits}f}-{entry['max']:.{digits}f}]"

    def speed(row, phase):
        entry = row[phase]["images_per_second"]
        return spread(entry, 0 if entry["median"] >= 100 else 1)

    def ratio(row, phase):
        return f"{row[phase]['of_fastest_peer']['median']:.2f}" if "of_fastest_peer" in row[phase] else "-"

    def memory(row, phase):
        return f"{row[phase]['peak_memory_mb']['median']:.0f}" if "peak_memory_mb" in row[phase] else "-"

    lines = []
    for precision in dict.fromkeys(row["precision"] for row in rows):
        group = [row for row in rows if row["precision"] == precision]
        limits = [row for row in group if row["implementation"] == "products"]
        models = sorted((row for row in group if row["implementation"] != "products"),
                        key=lambda row: -row["training"]["images_per_second"]["median"])
        lines += [f"### {precision}", ""]
        if limits:
            lines += ["| matrix products alone | 2048x2048 GFLOP/s | training images/s, limit | inference, limit |",
                      "|---|---|---|---|"]
            lines += [f"| {row['backend']} | {spread(row['matmul_gflops'], 0)} | {speed(row, 'training')} | "
                      f"{speed(row, 'inference')} |" for row in limits] + [""]
        if models:
            lines += ["| implementation | parameters | training images/s | of fastest peer | peak MB | "
                      "inference images/s | of fastest peer | peak MB |", "|---|---|---|---|---|---|---|---|"]
            for row in models:
                cells = [cell(row, phase) for phase in ("training", "inference") for cell in (speed, ratio, memory)]
                lines.append(f"| {row['name'].removesuffix('-' + precision)} | {row['parameters']:,} | "
                             + " | ".join(cells) + " |")
            lines.append("")
    return "\n".join(lines)
