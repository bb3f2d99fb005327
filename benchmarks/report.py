"""Put the recorded results into README.md and README.ko.md: nobody types a number.

    python benchmarks/report.py             fill in
    python benchmarks/report.py --check     say whether the pages show what results/*.json hold

A page marks a table by `<!-- results: NAME -->` and `<!-- end of results -->`; what stands between is replaced.
"""

import json
import re
import sys

from records import ROOT, titled
from tables import speeds

sys.path.insert(0, str(ROOT))

from vit_keras.lessons import comparison  # noqa: E402

PAGES = ("README.md", "README.ko.md")
BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end of results -->)", re.DOTALL)
SENTENCE = {
    "README.md": "{source} {cpu}, {cores} cores, {date}; `{command}`",
    "README.ko.md": "{source} {cpu}, 코어 {cores}개, {date}. `{command}`",
}


def block(name, page):
    """The table of one result, and the line that says where it comes from."""
    result = json.loads((ROOT / "results" / f"{name}.json").read_text(encoding="utf-8"))
    origin = SENTENCE[page].format(
        source=result.get("source", ""), cpu=result["hardware"]["cpu"], cores=result["hardware"]["cores"],
        date=result["date"][:10], command=result["command"],
    ).strip()
    table = comparison(titled(result["runs"])) if "runs" in result else speeds(result["measurements"])
    return f"{table}\n\n{origin}\n"


def filled(page):
    """The page with every table made anew."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return BLOCK.sub(lambda match: match[1] + block(match[2], page) + match[3], text)


def main(words):
    stale = [page for page in PAGES if filled(page) != (ROOT / page).read_text(encoding="utf-8")]
    if "--check" in words:
        sys.exit(f"not what results/ hold: {', '.join(stale)}; run benchmarks/report.py" if stale else 0)
    for page in stale:
        (ROOT / page).write_text(filled(page), encoding="utf-8")
    print("\n".join(f"{page}: tables made anew" for page in stale) or "nothing to change")


if __name__ == "__main__":
    main(sys.argv[1:])
