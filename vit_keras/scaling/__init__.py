"""What training costs: by formula, and measured."""

from vit_keras.scaling.cost import (
    activation_bytes,
    all_reduce_bytes,
    attention_multiplications,
    mlp_multiplications,
    multiplications,
    number_of_tokens,
    state_bytes,
)
from vit_keras.scaling.measured import layer_seconds, multiplication_rate, step_memory, step_time
