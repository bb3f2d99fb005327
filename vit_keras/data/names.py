"""What a name says: of a folder the class or the split, of a file the class, and what is not the user's own.

Names come from many systems: in any case of letters, in Korean (also taken apart into its letters, as macOS does),
Japanese and Chinese, with numbers, and with what Windows, macOS, Kaggle and Google Drive add to a copy.
"""

import difflib
import re
import unicodedata

IMAGES = ("jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "bmp", "dib", "webp", "tif", "tiff", "mpo")
OTHER_IMAGES = tuple("""heic heif hif avif jxl jp2 j2k psd svg ico tga ppm pgm exr eps raw dng cr2 cr3 nef arw raf orf
                        rw2 pef""".split())   # not read here
PACKED = ("zip", "tar", "gz", "tgz", "bz2", "xz", "7z", "rar", "egg", "alz")
TABLES = ("parquet", "arrow", "tfrecord", "h5", "hdf5", "npz")

ANIMALS = {word: label for label, some in enumerate((
    """cat cats kitten kittens kitty kitties feline felines
       고양이 냥이 야옹이 고냥이 새끼고양이 길고양이 猫 ねこ ネコ""",
    """dog dogs doggy doggies doggo puppy puppies pup pups canine canines
       개 강아지 멍멍이 댕댕이 강쥐 犬 いぬ イヌ 狗""")) for word in some.split()}
PARTS = {word: part for part, some in {
    "train": "train training trn tr learn learning 학습 훈련 트레인 트레이닝 学習 訓練 训练",
    "validation": "validation validate valid val va dev development 검증 밸리데이션 발리데이션 検証 验证",
    "test": "test tests testing tst te eval evaluation holdout heldout 시험 테스트 테스팅 평가 テスト 評価 测试",
}.items() for word in some.split()}
# Words that may stand beside, and change nothing.
FILLERS = set("""a x the of my our new all both final full raw original small resized cropped filtered class label
    folder dir data dataset set split subset image images img imgs pic pics picture pictures photo photos photograph
    photographs jpg jpeg png copy copies kopie copie copia public private
    사진 이미지 그림 폴더 데이터 데이터셋 세트 셋 자료 클래스 라벨 원본 내 우리 복사본 사본 복사 용 최종""".split())
JOINED = re.compile("(sets?|data|images?|imgs?|pictures?|photos?|folder"
                    "|들|용|사진|이미지|그림|폴더|데이터|세트|셋|자료|用|集|データ|セット|画像)+$")
SYSTEM = {"__macosx", "__pycache__", "system volume information", "lost+found", "#recycle", "#snapshot", "recycler",
          "recycled", "network trash folder", "temporary items", "thevolumesettingsfolder", "node_modules"}


def words(name):
    """Its words and numbers in small letters: "TrainingSet_2 (고양이)" is training, set, 2, 고양이."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.findall(r"[a-z]+|[가-힣]+|\d+|[^\W\d_]+", name.casefold())


def _telling(name):
    """The words that are neither numbers nor fillers; without what is joined to them: testset, 학습용사진."""
    found = []
    for word in words(name):
        core = JOINED.sub("", word)
        if not word.isdigit() and core and word not in FILLERS:
            found.append(core if core in PARTS or core in ANIMALS else word)
    return found


def animal_of(name):
    """0 for a name that says cat, 1 for one that says dog, None for one that says both, neither or more."""
    labels = {ANIMALS.get(word) for word in _telling(name) if word not in PARTS}   # train_cats
    return labels.pop() if len(labels) == 1 else None


def animal_of_file(base):
    """The same of a file such as cat.0.jpg, cat_0 (1).jpg, "cat 2 - Copy.jpg", 강아지12.png."""
    stem = base.rpartition(".")[0]
    found = [word for word in words(stem) if word not in FILLERS]
    labels = {ANIMALS[word] for word in found if word in ANIMALS}
    if len(labels) == 1 and found[0] in ANIMALS and found[1:2] and found[1].isdigit():
        return labels.pop()   # cat.17.resized.jpg
    return animal_of(stem)


def part_of(name):
    """"train", "validation" or "test", where a folder is called so in some way; else None."""
    parts = {PARTS.get(word) for word in _telling(name) if word not in ANIMALS}
    return parts.pop() if len(parts) == 1 else None


def looks_like_part(name):
    """Whether a folder may be meant for a split, though `part_of` does not know which: trian, val_old, test B."""
    close = [word for word in PARTS if len(word) > 3]
    return part_of(name) is None and any(
        word in PARTS or re.match("train|test|valid|학습|훈련|검증|시험|테스트", word)
        or len(word) > 3 and difflib.get_close_matches(word, close, 1, 0.79) for word in words(name))


def is_hidden(folder):
    """Waste bins, thumbnails, checkpoints: what systems and programs keep beside the user's own."""
    return folder not in (".", "..") and (folder[:1] in (".", "@", "$", "~") or folder.casefold() in SYSTEM)


def suffix_of(base):
    return base.rpartition(".")[2].strip().lower() if "." in base else ""


def folder_of(name):
    """How an archive is called as the folder that it would become: "train (1).zip" is train.

    AI-Hub puts T or V for training or validation, and S or L for source or label, before a class: TS_장미 is 장미.
    """
    if suffix_of(name) in ("zip", "tar"):
        name = re.sub(r" ?\(\d+\)$", "", name.rpartition(".")[0])
    return re.sub(r"^[TV][SL]\d*[_-]", "", name)


def printable(name):
    """`name` with everything a terminal could not show, or would obey, written out as \\x.. or \\u...."""
    name = unicodedata.normalize("NFC", name)
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
