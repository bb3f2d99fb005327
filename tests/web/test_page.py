"""A reader uses the page, opened from a file in a real browser; what it shows is what Keras says of the same pixels."""

import json
import re
import shutil

import browser
import explorer
import numpy as np
import pytest
from keras import ops
from PIL import Image

from vit_keras.inside import attention_maps, attention_rollout

pytestmark = pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium, which opens the page")
ROWS = COLUMNS = 8
HALF_OF_THE_LAST_DIGIT = 0.051  # shares are shown as percentages with one digit after the point


@pytest.fixture(scope="module")
def models():
    return explorer.random_models(num_classes=10, image_size=32, patch_size=4, num_layers=3, hidden_dim=12)


@pytest.fixture(scope="module")
def folder(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "web"
    shutil.copytree(explorer.WEB, folder, ignore=shutil.ignore_patterns("weights*.js", "__pycache__"))
    explorer.export(*models, folder / "weights.js", **explorer.DATA["shapes"], accuracy=(0.5, 0.75))
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser.Browser() as page:
        yield page


both_languages = pytest.mark.parametrize("page", ["en", "ko"], indirect=True)


@pytest.fixture
def page(request, folder, chromium):
    chromium.problems.clear()
    chromium.open(f"{(folder / 'index.html').as_uri()}?lang={getattr(request, 'param', 'en')}")
    chromium.wait("document.querySelector('#status').textContent !== ''")
    yield chromium
    assert chromium.problems == []


def pixels_of(page):
    return np.array(page.run("Array.from(App.pixels())"), "uint8").reshape(1, 32, 32, 3)


def texts(page, selector):
    return page.run(f"Array.from(document.querySelectorAll({json.dumps(selector)}), (place) => place.textContent)")


def percentages(page, selector):
    return np.array([float(text.rstrip("%")) for text in texts(page, selector)])


def assert_shown(found, shares):
    assert np.abs(found - 100 * ops.convert_to_numpy(shares).ravel()).max() < HALF_OF_THE_LAST_DIGIT


def assert_answers(page, models):
    pixels = pixels_of(page)
    for nth, model in ((3, models[0]), (5, models[1])):
        assert_shown(percentages(page, f"#bars li > :nth-child({nth})"), ops.softmax(model(pixels)))


@both_languages
def test_the_answers_are_those_of_keras_before_and_after_a_move(page, models):
    before = pixels_of(page)
    assert_answers(page, models)
    page.run("document.querySelector('#pad button').focus()")
    page.press("ArrowRight")
    page.click('[data-move="0 1"]')
    moved = np.pad(before, ((0, 0), (1, 0), (1, 0), (0, 0)), mode="reflect")[:, :32, :32]
    np.testing.assert_array_equal(pixels_of(page), moved)
    assert_answers(page, models)
    page.click("#mirror")
    assert not np.array_equal(pixels_of(page), moved)
    page.click("#reset")
    np.testing.assert_array_equal(pixels_of(page), before)


def test_a_score_is_taken_apart_into_the_dot_product_that_keras_has(page, models):
    vit, _ = models
    page.click("#grid button:nth-child(11)")  # token 11 looks
    page.click(f"#maps > :nth-child({1 + vit.num_layers + (1 + vit.num_layers) + 3})")  # of head 2, block 2
    page.click("#keys button:nth-child(30)")  # at token 30
    maps, pixels = attention_maps(vit, pixels_of(page)), pixels_of(page)
    assert_shown(percentages(page, "#score"), maps[0, 1, 1, 11, 30])
    labels = page.run("Array.from(document.querySelectorAll('#keys button'), (key) => key.ariaLabel)")
    assert_shown([float(re.search(r"([\d.]+)%", label)[1]) for label in labels], maps[0, 1, 1, 11, 1:])

    tokens = vit.patch_encoder(vit.patches(vit.feature_map(pixels)))
    block = vit.encoder.blocks[1]
    normed = block.norm_1(vit.encoder.blocks[0](tokens))
    query, key = (ops.convert_to_numpy(part(normed))[0, n, 6:] for part, n in
                  ((block.attention.query, 11), (block.attention.key, 30)))
    shown = [[float(number.replace("−", "-")) for number in re.findall(r"−?[\d.]+", text)]
             for text in texts(page, "#products li")]
    np.testing.assert_allclose(shown, np.stack([query, key, query * key], axis=1), atol=0.0051)
    scaled = float(texts(page, "#arithmetic .value")[1].split("=")[1].replace("−", "-"))
    np.testing.assert_allclose(scaled, query @ key / 6**0.5, atol=0.00051)

    rolled = attention_rollout(maps)[0, 11]
    label = page.run("document.querySelector('#rollout > :last-child').ariaLabel")
    assert_shown(float(re.findall(r"([\d.]+)%", label)[-1]), rolled[1:].max())
    assert re.search(r"patch (\d+)", label)[1] == str(1 + rolled[1:].argmax())


def test_patches_are_chosen_covered_and_painted_with_the_keyboard(page, models):
    page.click("#grid button:nth-child(11)")
    page.press("ArrowDown")
    page.press("ArrowRight")
    page.press("Enter")
    assert all("20" in text for text in texts(page, "[data-selected]"))
    before = pixels_of(page)
    page.click("#tools label:nth-child(2)")
    page.run("document.querySelector('#grid [tabindex=\"0\"]').focus()")
    page.press("Enter")
    row, column = divmod(19, COLUMNS)
    before[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = 128
    np.testing.assert_array_equal(pixels_of(page), before)
    assert_answers(page, models)
    page.click("#tools label:nth-child(3)")
    page.run("document.querySelector('#grid [tabindex=\"0\"]').focus()")
    page.press("Enter")
    before[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = (214, 48, 49)
    np.testing.assert_array_equal(pixels_of(page), before)
    assert_answers(page, models)


def test_without_positions_shuffled_patches_are_the_same_to_the_vit_alone(page):
    page.click("#positions")
    before = [percentages(page, f"#bars li > :nth-child({nth})") for nth in (3, 5)]
    page.click("#shuffle")
    after = [percentages(page, f"#bars li > :nth-child({nth})") for nth in (3, 5)]
    np.testing.assert_allclose(after[0], before[0], atol=2 * HALF_OF_THE_LAST_DIGIT)
    assert np.abs(after[1] - before[1]).max() > 1


def test_a_file_of_ones_own_is_scaled_and_painted_on(page, models, tmp_path):
    halves = np.zeros((96, 128, 3), "uint8")
    halves[:, 64:] = (250, 100, 50)
    Image.fromarray(halves).save(tmp_path / "own.png")
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    place = page.send("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", nodeId=place, files=[str(tmp_path / "own.png")])
    page.wait("App.pixels()[3 * 31] === 250")
    pixels = pixels_of(page)
    assert not pixels[:, :, :15].any()
    assert (pixels[:, :, 17:] == (250, 100, 50)).all()
    page.click("#tools label:nth-child(3)")
    page.click("#stage")
    red = (pixels_of(page) == (214, 48, 49)).all(axis=-1)[0]
    assert red.sum() == 4 and red[16:18, 16:18].all()
    assert_answers(page, models)


@both_languages
def test_everything_is_said_in_both_languages(page):
    words = page.run("[Words.en, Words.ko]")
    assert [sorted(words[0]), *words[0]] == [sorted(words[1]), *words[1]]
    for name, english in words[0].items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", words[1][name])), name
    language = page.run("document.documentElement.lang")
    page.click(f'button[lang="{"ko" if language == "en" else "en"}"]')
    for selector in ("h1", "#hint", "#source", "#arithmetic p span"):
        assert bool(re.search("[가-힣]", texts(page, selector)[0])) == (language == "en"), selector
    assert not re.search(r"undefined|NaN|{\w+}", texts(page, "body")[0])


def test_without_weights_it_says_what_is_missing(folder, chromium, tmp_path):
    shutil.copytree(folder, tmp_path / "web", ignore=shutil.ignore_patterns("weights.js"))
    chromium.open((tmp_path / "web" / "index.html").as_uri())
    assert texts(chromium, "#source") == ["weights.js is not there: web/README.md says how it is written."]


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_it_fits_every_width(folder, chromium, width):
    chromium.open(f"{(folder / 'index.html').as_uri()}?lang=ko&width={width}", width=width, mobile=width < 500)
    assert chromium.run("document.documentElement.scrollWidth") <= width
