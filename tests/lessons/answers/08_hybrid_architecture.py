STEM = """def pooled_stem(image_shape, widths):
    x = images = keras.Input(image_shape)
    for width in widths:
        """
MODEL = "\n    return keras.Model(images, x)"
POOL = "\n        x = layers.MaxPooling2D(3, 2, padding='same')(x)"
TRIED = "accuracies = {{'linear': [0.50, 0.52, 0.51], 'relu': {}}}\nconclusion = {}"

WRONG = [
    ('answer = "A"', "where in the picture it was"),
    ('answer = "B"', "one by one, or windows"),
    ('answer = "D"', "depend on the number of tokens"),
    ("num_patches = 96", "places of the map"),
    ("num_patches = 25", "with the class token"),
    ("num_patches = 48", "divide by P * P"),
    ("num_patches = 64 * 96 // 4", "cut from the map"),
    ("num_patches = 384", "the third halves"),
    ("numbers_a_patch = 96", "one place of the map"),
    ("numbers_a_patch = 192", "2 rows of 2 places"),
    ("numbers_a_patch = 12", "How many channels"),
    ("pixels_a_patch_sees = 15", "one place"),
    ("pixels_a_patch_sees = 30", "overlap"),
    ("pixels_a_patch_sees = 16", "wider than their step"),
    ("pixels_a_patch_sees = 7", "j doubles"),
    ("pixels_a_patch_sees = 31", "kernel 2 and stride 2"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same', activation='relu')(x)" + POOL + "\n    return x",
     "keras.Model(inputs, outputs)"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same')(x)" + POOL + MODEL, "where is the ReLU"),
    (STEM + "x = layers.Conv2D(width, 3, activation='relu')(x)" + POOL + MODEL, "lost at the border"),
    (STEM + "x = layers.Conv2D(width, 3, 2, padding='same', activation='relu')(x)" + POOL + MODEL, "halves twice"),
    (STEM + "x = layers.Conv2D(width, 3, 2, padding='same', activation='relu')(x)" + MODEL,
     "followed by a MaxPooling2D"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same', activation='relu')(x)" + POOL.replace("3, 2", "3, 1") + MODEL,
     "every pooling has stride 2"),
    (STEM + "x = layers.Conv2D(widths[0], 3, padding='same', activation='relu')(x)" + POOL + MODEL,
     "widths[-1] channels"),
    (TRIED.format("[]", True), "three seeds each"),
    (TRIED.format("[0.50, 0.52, 0.52]", True), "could be chance"),
    (TRIED.format("[0.60, 0.62, 0.61]", False), "more than two standard errors"),
]
RIGHT = [
    STEM + "x = layers.ReLU()(layers.Conv2D(width, 3, padding='same', use_bias=False)(x))" + POOL + MODEL,
    TRIED.format("[0.50, 0.52, 0.52]", False),
    TRIED.format("[0.60, 0.62, 0.61]", True),
]
UNANSWERED = ["answer = None", "num_patches = None", "pooled_stem = None", TRIED.format("[]", None)]
