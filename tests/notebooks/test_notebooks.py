"""The committed lessons keep to notebooks/rules.py, and the rules and the builder notice what they should."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jupytext")         # the module is also tested where nobody builds lessons
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

import build  # noqa: E402
import rules  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = [(source, folder) for folder in (NOTEBOOKS, NOTEBOOKS / "tfa") for source in build.sources(folder)]
LESSONS = [(build.name_of(source, folder), folder) for source, folder in SOURCES]

# The least share of the cells with words or numbers that nbval compares. A lesson made of long runs may need less
# than the default: it gets a line here, and the reason.
SHARE = 0.8
SHARES = {
    "00_start_here": 0.5,  # the same as lesson 5
    "05_ViT_image_classification_example": 0.5,  # training: what it prints depends on time and on the data found
    "06_ViT_image_classification_example_cats_dogs": 0.6,  # the same
    "07_inductive_bias": 0.6,  # one training; everything else is compared
    "08_hybrid_architecture": 0.7,  # the same
    "09_fine_tuning": 0.7,  # what the weights found here say; cells for libraries that may be missing
    "13_scaling_up": 0.6,  # seconds and bytes of this machine; everything that is counted is compared
    **dict.fromkeys(("ViT_with_tensorflow_addons", "solutions/ViT_with_tensorflow_addons"), 0.7),  # time and data
}


def books(name, folder):
    return [nbformat.read(build.target(name, language, folder), as_version=4) for language in build.LANGUAGES]


# ---- the committed lessons

every_lesson = pytest.mark.parametrize("name, folder", LESSONS, ids=[name for name, _ in LESSONS])


@pytest.mark.parametrize("source, folder", SOURCES, ids=[name for name, _ in LESSONS])
def test_lesson_is_what_its_source_says(source, folder):
    assert build.differences(source, folder) == []


@every_lesson
def test_lesson_keeps_to_the_rules(name, folder):
    english, korean = books(name, folder)
    assert rules.problems(name, english, korean) == []
    assert list(rules.misquoted(english)) == []


@every_lesson
def test_enough_of_the_lesson_is_compared(name, folder):
    assert rules.compared_share(books(name, folder)[0]) >= SHARES.get(name, SHARE)


@pytest.mark.parametrize("name, folder", [lesson for lesson in LESSONS if "/" not in lesson[0]])
def test_solutions_run_every_check_of_their_lesson(name, folder):
    assert rules.unsolved(books(name, folder)[0], books(f"solutions/{name}", folder)[0]) == []


def test_every_notebook_has_a_source():
    built = {path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    assert built == {build.target(name, language, folder) for name, folder in LESSONS for language in build.LANGUAGES}


# ---- the builder, on a tiny lesson

LESSON = '''
# %% [markdown] lang="en"
# # Patches
#
# A patch, $N = HW/P^2$, is right in {{tiny:vit.accuracy|.1%}} of `$cases`.
# Time: read and try: 5 min; machine: 1 min.

# %% [markdown] lang="ko"
# # 패치
#
# 패치(patch)는 {{results/tiny.json:vit.accuracy|.1%}}에서 맞아요. $N = HW/P^2$

# %%
import os
import sys
from vit_keras import check
from IPython.display import Image, display
from PIL import Image as Picture
print("noise", file=sys.stderr)
print(os.environ["VIT_KERAS_PROFILE"], os.path.basename(os.getcwd()))

# %% alt="A red square, {{tiny:seeds.1}}." alt_ko="빨간 정사각형."
Picture.new("RGBA", (64, 64), "red").save("red.png", compress_level=0)
display(Image("red.png"))
os.remove("red.png")

# %% [markdown] lang="en"
# The square is red.

# %% [markdown] lang="ko"
# 정사각형이 빨개요.

# %% tags=["third-party-pixels"]
display("stands for a photograph")

# %% tags=["nbval-ignore-output"]
id(check)

# %% quotes="vit_keras.lessons.exercises._hint"
def _hint(english, korean):
    _say(f"hint: {english}", f"힌트: {korean}", "\\n")

# %%
answer = None

# %%
check("1.1", answer)

# %% [markdown]
# ---
'''


def write_lesson(folder, text=LESSON, name="01_tiny"):
    for part in ("src", "results"):
        (folder / part).mkdir(exist_ok=True, parents=True)
    (folder / "results" / "tiny.json").write_text(json.dumps({"vit": {"accuracy": 0.8123}, "seeds": [0, 7]}))
    (folder / "src" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder / "src" / f"{name}.py"


def run(folder, *arguments):
    return build.main(list(arguments), folder=folder, results=folder / "results")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    write_lesson(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "numpy")  # of all backends it is imported in the least time
        assert run(folder, "01", "--profile", "smoke") == 0
    return folder


@pytest.fixture
def pair(built):
    return books("01_tiny", built)


@pytest.fixture
def own(built, tmp_path):
    """A copy of the built lesson to spoil."""
    write_lesson(tmp_path)
    for language in build.LANGUAGES:
        path = build.target("01_tiny", language, built)
        build.write(build.target("01_tiny", language, tmp_path), path.read_text(encoding="utf-8"))
    return tmp_path


def cell(notebook, id_):
    return next(cell for cell in notebook.cells if cell.id == id_)


def test_built_lesson_breaks_no_rule(pair):
    assert rules.problems("01_tiny", *pair) == []
    assert list(rules.misquoted(pair[0])) == []
    assert rules.compared_share(pair[0]) == 2 / 3           # setup and check, not id(check)


def test_numbers_in_prose_come_from_results(pair):
    assert "81.2%" in cell(pair[0], "text-01").source and "81.2%에서" in cell(pair[1], "text-01").source


def test_outputs_are_one_run_for_both_languages_without_noise(pair):
    for notebook in pair:
        setup, = cell(notebook, "code-01").outputs
        assert setup.name == "stdout" and setup.text == "smoke en\n"
        assert cell(notebook, "code-03").outputs == [] and cell(notebook, "code-03").execution_count is None
        assert notebook.metadata.keys() == {"kernelspec", "language_info"}
    said = [cell(notebook, "code-07").outputs[0].text for notebook in pair]
    assert said == ["not answered yet\n", "아직 답하지 않았어요\n"]


def test_figures_get_their_text_alternative_and_lose_weight(pair):
    outputs = [cell(notebook, "code-02").outputs[0] for notebook in pair]
    assert [output.metadata["image/png"]["alt"] for output in outputs] == ["A red square, 7.", "빨간 정사각형."]
    assert len(outputs[0].data["image/png"]) < 1000         # 64 * 64 * 4 bytes before


def test_check_passes_and_sees_any_difference(own, capsys):
    assert run(own, "--check") == 0
    changes = [("is red", "is blue"), ("빨개요", "파래요"), ("64)", "65)"), ("A red", "A blue"), ("# ---", "# x")]
    for old, new in changes:
        write_lesson(own, LESSON.replace(old, new))
        assert run(own, "--check") == 1, old
    assert "is not its source" in capsys.readouterr().out


def test_prose_is_refreshed_without_execution(own):
    write_lesson(own, LESSON.replace("is red", "is very red").replace("A red", "One red"))
    assert run(own, "--no-execute") == 0
    english, _ = books("01_tiny", own)
    assert cell(english, "text-02").source == "The square is very red."
    assert cell(english, "code-01").outputs and cell(english, "code-01").execution_count == 1
    assert cell(english, "code-02").outputs[0].metadata["image/png"]["alt"] == "One red square, 7."


def test_changed_code_without_execution_is_named(own, capsys):
    write_lesson(own, LESSON.replace('check("1.1"', 'check("1.2"'))
    assert run(own, "--no-execute") == 1
    assert "code changed in code-07:" in capsys.readouterr().out
    assert "code-07: not executed; build the lesson" in rules.problems("01_tiny", *books("01_tiny", own))


def test_failing_cell_fails_the_build_and_writes_nothing(own, capsys):
    before = build.target("01_tiny", "en", own).read_bytes()
    write_lesson(own, "# %%\nx = 1\n\n# %%\n1 / (x - 1)\n")
    assert run(own) == 1
    error = capsys.readouterr().err
    assert "code-02 failed" in error and "1 / (x - 1)" in error and "ZeroDivisionError" in error
    assert build.target("01_tiny", "en", own).read_bytes() == before
    assert not list(own.rglob("*.part"))


@pytest.mark.parametrize("old, new, message", [
    ("tiny:vit.accuracy", "none:vit.accuracy", "no such file"),
    ("tiny:vit.accuracy", "tiny:vit.loss", "no 'loss' in results/tiny.json"),
    ("tiny:vit.accuracy|.1%", "tiny:vit|.1%", "unsupported format"),
    ("tiny:seeds.1", "tiny:seeds.2", "no '2'"),
    ('# %% [markdown] lang="ko"\n# 정사각형이 빨개요.', "", "one half is missing"),
    ('[markdown] lang="en"\n# The', '[markdown]\n# The', "one half is missing"),
    ('[markdown] lang="ko"', '[markdown] lang="kr"', "cells are code, or markdown"),
])
def test_source_that_cannot_be_built_says_why(tmp_path, old, new, message):
    assert old in LESSON
    source = write_lesson(tmp_path, LESSON.replace(old, new))
    with pytest.raises(build.BuildError, match=message):
        build.assemble(source, tmp_path / "results")


def test_unknown_lesson_is_refused(own):
    with pytest.raises(SystemExit):
        run(own, "99")


def test_nbval_compares_the_english_notebooks(own):
    (own / "conftest.py").write_text((NOTEBOOKS / "conftest.py").read_text(encoding="utf-8"))
    path = build.target("01_tiny", "en", own)
    path.write_text(path.read_text(encoding="utf-8").replace("not answered yet", "answered"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "numpy",
                   "VIT_KERAS_PROFILE": "gpu"}     # conftest has the last word
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", str(own)],
                          cwd=own, env=environment, capture_output=True, text=True)
    assert "1 failed, 6 passed" in done.stdout, done.stdout      # the last cell; Korean is not run a second time
    assert "en/01_tiny.ipynb::Cell 6" in done.stdout


# ---- every rule finds its breach

def picture(notebook):
    return cell(notebook, "code-02").outputs[0]


def say(notebook, id_, text, tags=()):
    """As if the cell had printed `text`."""
    cell(notebook, id_).outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    cell(notebook, id_).metadata.tags = list(tags)


def unlabelled(output):
    return nbformat.v4.new_output("display_data", data=output.data)


BREACHES = [
    ("cells in the same order", lambda en, ko: ko.cells.pop()),
    ("code differs", lambda en, ko: cell(ko, "code-07").update(source='check("1.2", answer)')),
    ("outputs differ", lambda en, ko: say(ko, "code-07", "other\n")),
    ("characters is cut on a page", lambda en, ko: cell(en, "code-07").update(source="answer" + " " * 95)),
    ("equations differ", lambda en, ko: cell(ko, "text-01").update(source="패치 $N = H$")),
    ("Korean in the English text", lambda en, ko: cell(en, "text-02").update(source="한글")),
    ("is not Korean", lambda en, ko: cell(ko, "text-02").update(source="It is red.")),
    ("belongs into alt_ko", lambda en, ko: cell(en, "code-02").metadata.update(alt=["한글"])),
    ("widget state", lambda en, ko: en.metadata.update(widgets={})),
    ("a widget is stored", lambda en, ko: picture(en).data.update({"application/vnd.jupyter.widget-view+json": {}})),
    ("not executed", lambda en, ko: cell(en, "code-06").update(execution_count=None)),
    ("an error is stored", lambda en, ko: cell(en, "code-06").outputs.append(nbformat.v4.new_output("error"))),
    ("stderr is stored", lambda en, ko: cell(en, "code-01").outputs[0].update(name="stderr")),
    ("a path of this machine", lambda en, ko: say(en, "code-01", "saved in /" + "home/someone/x.keras")),
    ("a path of this machine", lambda en, ko: say(en, "code-01", r"saved in C:\Users\x.keras")),
    ("a progress bar", lambda en, ko: say(en, "code-01", "1/2\r2/2")),
    ("a library's warning", lambda en, ko: say(en, "code-01", "epoch 1\nWARNING:tensorflow:5 out of 9")),
    ("an address in memory", lambda en, ko: say(en, "code-01", "<object at 0x7f00aabbccdd>")),
    ("a smoke test's output", lambda en, ko: say(en, "code-01", "profile smoke, Keras 3\n")),
    ("seconds are compared", lambda en, ko: say(en, "code-01", "1/1 - 4s - 12ms/step - loss: 0.5")),
    ("without text alternative", lambda en, ko: picture(ko).metadata.clear()),
    ("shown twice", lambda en, ko: cell(en, "code-02").outputs.append(unlabelled(picture(en)))),
    ("more text alternatives", lambda en, ko: cell(en, "code-02").outputs.clear()),
    ("no text after the figure", lambda en, ko: en.cells.remove(cell(en, "text-02"))),
    ("third-party-pixels cell is stored", lambda en, ko: say(en, "code-03", "x", ["third-party-pixels"])),
    ("shows pictures", lambda en, ko: cell(en, "code-06").update(source="plt.imshow(load_cifar10().train[0])")),
    ("has to say 'not answered yet'", lambda en, ko: say(en, "code-07", "correct\n")),
]


@pytest.mark.parametrize("message, spoil", BREACHES, ids=[f"{n}-{breach[0]}" for n, breach in enumerate(BREACHES)])
def test_breach_is_found(pair, message, spoil):
    english, korean = pair
    spoil(english, korean)
    found = rules.problems("01_tiny", english, korean)
    assert any(message in problem for problem in found), found


def test_address_is_allowed_where_nothing_is_compared(pair):
    for notebook in pair:
        say(notebook, "code-01", "<object at 0x7f00aabbccdd>", ["nbval-ignore-output"])
    assert rules.problems("01_tiny", *pair) == []


def test_solutions_have_to_be_correct_and_complete(pair):
    english, korean = pair
    assert any("has to say 'correct'" in problem for problem in rules.problems("solutions/01_tiny", english, korean))
    say(english, "code-07", "correct\n")
    say(korean, "code-07", "정답이에요\n")
    assert rules.problems("solutions/01_tiny", english, korean) == []
    assert rules.unsolved(*books_with(english, "check('1.1',answer)")) == []
    assert rules.unsolved(*books_with(english, 'check("1.2", answer)')) == ["check('1.1', answer)"]


def books_with(notebook, source):
    other = copy.deepcopy(notebook)
    cell(other, "code-07").source = source
    return notebook, other


def test_a_lesson_says_how_long_it_takes(pair):
    en, ko = pair
    assert rules.problems("01_tiny", en, ko) == []
    for wrong in ("read and try: 15 min", "it takes 5 min"):
        en.cells[0].source = en.cells[0].source.replace("read and try: 5 min", wrong)
        assert any("must say `read and try: N min" in line for line in rules.problems("01_tiny", en, ko))


def test_misquotation_is_found(pair):
    cell(pair[0], "code-05").source = cell(pair[0], "code-05").source.replace("korean", "other")
    assert list(rules.misquoted(pair[0])) == [
        "code-05: does not quote vit_keras.lessons.exercises._hint as it stands in the module"]


QUOTE = """
class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        _pair(patch_size)

    def call(self, images):
        rows, columns = patch_grid(images.shape, self.patch_size)
        height, width = _pair(self.patch_size)
        channels = images.shape[-1]
        x = ops.reshape(images, (-1, rows, height, columns, width, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (B, rows, columns, height, width, C)
        return ops.reshape(x, (-1, rows * columns, height * width * channels))
"""


@pytest.mark.parametrize("before, after, is_quote", [
    ("", "", True),
    ("_pair(patch_size)", "_pair(patch_size)  # an impossible size is refused here, not in the first call", True),
    ("channels = images.shape[-1]", "channels = (\n            images.shape[-1])", True),
    ("(0, 1, 3, 2, 4, 5))", "(0, 1, 2, 3, 4, 5))", False),
    ("C)\n        return", "height, width)\n        return", False),     # the comment is another one
    ("        _pair(patch_size)\n", "", False),
    ("layers.Layer", "keras.Model", False),
    ("def __init__", "def other", False),
    ("class Patches", "class Other", False),
])
def test_a_class_is_quoted_as_its_init_and_call(before, after, is_quote):
    cell = nbformat.v4.new_code_cell(QUOTE.replace(before, after, 1) if before else QUOTE,
                                     metadata={"quotes": "vit_keras.patches.Patches"})
    assert (list(rules.misquoted(nbformat.v4.new_notebook(cells=[cell]))) == []) is is_quote


def test_a_function_is_quoted_without_its_errors():
    source = "def _pair(patch_size):\n    pair = tuple(patch_size) if isinstance(patch_size, (tuple, list)) " \
             "else (patch_size, patch_size)\n    return pair\n"
    cell = nbformat.v4.new_code_cell(source, metadata={"quotes": "vit_keras.patches._pair"})
    assert list(rules.misquoted(nbformat.v4.new_notebook(cells=[cell]))) == []


def test_ignoring_outputs_lowers_the_share(pair):
    cell(pair[0], "code-01").metadata.tags = ["nbval-ignore-output"]
    assert rules.compared_share(pair[0]) == 1 / 3


def test_equations_leave_code_and_prices_alone():
    text = "Cost \\$5, `$HOME`, $a$ and $$b\n= c$$ then $a$ ```\n$x$\n```"
    assert rules.equations(text) == (["b = c"], {"a"})
