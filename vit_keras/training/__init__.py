"""How a model is trained: a `Recipe` stands for ordinary Keras objects, and Keras's own `fit` does the work."""

from vit_keras.training.backup import Backup
from vit_keras.training.callbacks import EpochLine, EpochSeeds, StopAfter, StopAtNaN, TimeBudget
from vit_keras.training.fit import logits_of, train
from vit_keras.training.learner import Batches, Learner
from vit_keras.training.mimetic import initialise_mimetic
from vit_keras.training.optimizers import Muon
from vit_keras.training.precision import in_precision
from vit_keras.training.recipe import NEVER_DECAYED, Recipe, should_jit
