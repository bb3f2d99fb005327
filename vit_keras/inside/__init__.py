"""What a trained model has learned: where it looks, what it answers to, whether a map points at the object."""

from vit_keras.inside.maps import (
    HEAD_FUSION,
    answer_map,
    attention_maps,
    attention_rollout,
    checked,
    hidden_states,
    mean_attention_distance,
    model_of_block,
    position_similarity,
    rollout_map,
)
from vit_keras.inside.pointing import mass_on, most_looked_at, patch_shares, rank_on
from vit_keras.inside.responses import equivariance_error, patch_filters, receptive_field, sensitivity
