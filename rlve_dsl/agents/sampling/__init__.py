"""Sampling: rollouts of a token generator, groups of them, held-out episodes and demonstrations. No torch.

Belongs here: which episodes are played, and what is kept of them. Does not belong here: models, and settings of training.
"""

from rlve_dsl.agents.sampling.demonstrations import Demonstration, demonstrate, demonstrate_imperfectly
from rlve_dsl.agents.sampling.groups import Batch, Group, GroupSource, Sampling
from rlve_dsl.agents.sampling.held_out import Score, evaluate, held_out_keys, total
from rlve_dsl.agents.sampling.keys import EpisodeKey, held_out_seed, training_seed
from rlve_dsl.agents.sampling.rollouts import (
    Chat,
    GeneratedTurn,
    Limits,
    Rollout,
    TurnGenerator,
    play_rollouts,
    reward,
)

__all__ = [
    "Batch",
    "Chat",
    "Demonstration",
    "EpisodeKey",
    "GeneratedTurn",
    "Group",
    "GroupSource",
    "Limits",
    "Rollout",
    "Sampling",
    "Score",
    "TurnGenerator",
    "demonstrate",
    "demonstrate_imperfectly",
    "evaluate",
    "held_out_keys",
    "held_out_seed",
    "play_rollouts",
    "reward",
    "total",
    "training_seed",
]
