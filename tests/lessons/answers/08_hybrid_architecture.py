TOKENS = """def tokens_of(feature_map, E, bias, patch_size):
    h, w, c = feature_map.shape
    p = patch_size
    x = feature_map.reshape(h // p, p, w // p, p, c)
    """
STEM = """def pooled_stem(image_shape, widths):
    x = images = keras.Input(image_shape)
    for width in widths:
        """
MODEL = "\n    return keras.Model(images, x)"
POOL = "\n        x = layers.MaxPooling2D(3, 2, padding='same')(x)"

WRONG = [
    ('answer = "A"', "where in the picture it was"),
    ('answer = "C"', "one by one, or windows"),
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
    (TOKENS + "return x.transpose(0, 2, 1, 3, 4).reshape(h * w // p**2, -1) @ E", "The bias is missing"),
    (TOKENS + "return x.transpose(2, 0, 1, 3, 4).reshape(h * w // p**2, -1) @ E + bias", "column by column"),
    (TOKENS + "return x.transpose(0, 2, 4, 1, 3).reshape(h * w // p**2, -1) @ E + bias", "the channel comes last"),
    (TOKENS + "return feature_map.reshape(h * w // p**2, -1) @ E + bias", "lesson 1 had three moves"),
    (TOKENS + "return feature_map @ E + bias", "one axis for its places"),
    (TOKENS + "return feature_map.reshape(h * w, c) @ E + bias", "do not match the rows of E"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same', activation='relu')(x)" + POOL + "\n    return x",
     "keras.Model(inputs, outputs)"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same')(x)" + POOL + MODEL, "where is the ReLU"),
    (STEM + "x = layers.Conv2D(width, 3, activation='relu')(x)" + POOL + MODEL, "lost at the border"),
    (STEM + "x = layers.Conv2D(width, 3, 2, padding='same', activation='relu')(x)" + POOL + MODEL, "halves twice"),
    (STEM + "x = layers.Conv2D(width, 3, 2, padding='same', activation='relu')(x)" + MODEL, "stands a MaxPooling2D"),
    (STEM + "x = layers.Conv2D(width, 3, padding='same', activation='relu')(x)" + POOL.replace("3, 2", "3, 1") + MODEL,
     "every pooling has stride 2"),
    (STEM + "x = layers.Conv2D(widths[0], 3, padding='same', activation='relu')(x)" + POOL + MODEL,
     "widths[-1] channels"),
]
RIGHT = [
    """def tokens_of(feature_map, E, bias, patch_size):
    p, (h, w, _) = patch_size, feature_map.shape
    corners = [(i, j) for i in range(0, h, p) for j in range(0, w, p)]
    return np.array([feature_map[i:i + p, j:j + p].ravel() @ E + bias for i, j in corners])""",
    STEM + "x = layers.ReLU()(layers.Conv2D(width, 3, padding='same', use_bias=False)(x))" + POOL + MODEL,
]
UNANSWERED = ["answer = None", "num_patches = None", "tokens_of = None", "pooled_stem = None"]
