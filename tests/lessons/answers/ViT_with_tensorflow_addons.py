STEP = "def adamw_step(w, u, learning_rate, weight_decay, kind):\n    return "

WRONG = [
    ('answer = "A"', "Are the two formulas"),
    ('answer = "C"', "other way round"),
    ('answer = "D"', "0.9999 ** 10_000"),
    ("decay_for_keras = 0.00005", "that is the trap"),
    ("decay_for_keras = 0.05", "What is the learning rate here"),
    ("decay_for_keras = 0.00005 * 0.0005", "you have to divide"),
    ("decay_for_keras = 10", "The other way round"),
    (STEP + "w - weight_decay * w - learning_rate * u", "Keras multiplies the decay"),
    (STEP + "w - learning_rate * (weight_decay * w + u)", "not multiplied by the rate"),
    (STEP + "w - weight_decay * w - u", "multiplied by the learning rate"),
    (STEP + "w + weight_decay * w - learning_rate * u", "a minus"),
    (STEP + "w - weight_decay * w", "Adam's step is missing"),
]
RIGHT = ["decay_for_keras = keras_weight_decay(0.00005, learning_rate=0.0005)"]
UNANSWERED = ["answer = None", "decay_for_keras = None", "adamw_step = None"]
