"""What lessons need: exercises and their answers, recorded results, models to compare."""

from vit_keras.lessons.contenders import CONTENDERS, create_contender
from vit_keras.lessons.exercises import Exercise, check, in_language
from vit_keras.lessons.results import by_group, called, comparison, gain_table, gains, pooled_deviation, recorded
from vit_keras.lessons.tables import show
from vit_keras.lessons.weight_decay import keras_weight_decay, tfa_weight_decay
