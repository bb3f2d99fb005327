"""How a model is trained."""

from vit_keras.training.backup import Backup
from vit_keras.training.distribution import Workers
from vit_keras.training.fit import Run, logits_of, mean_logs, train
from vit_keras.training.learner import NEVER_DECAYED
from vit_keras.training.mimetic import initialise_mimetic
from vit_keras.training.optimizers import Muon
from vit_keras.training.precision import in_precision
from vit_keras.training.recipe import Recipe, Schedule
