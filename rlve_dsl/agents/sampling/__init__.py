"""Sampling: rollouts of a token generator, groups of them, held-out episodes and demonstrations. No torch.

Belongs here: which episodes are played, and what is kept of them. Does not belong here: models, and settings of training.
"""

from rlve_dsl.agents.sampling.beginnings import Beginnings, Drawn, draw_ahead
from rlve_dsl.agents.sampling.demonstrations import Demonstration, demonstrate, demonstrate_imperfectly
from rlve_dsl.agents.sampling.groups import Batch, Group, GroupSource, Sampling, advantages
from rlve_dsl.agents.sampling.held_out import Score, by_environment, by_level, evaluate, held_out_keys, total
from rlve_dsl.agents.sampling.keys import EpisodeKey, curriculum_of, held_out_seed, training_key, training_seed
from rlve_dsl.agents.sampling.playing import Ended, play_in_flight, play_many, play_one
from rlve_dsl.agents.sampling.rollouts import GeneratedTurn, Limits, Rollout, reward
from rlve_dsl.agents.sampling.writing import Chat, ChatWriter, TokenStream, TokenWriter, Writer

__all__ = [
    "Batch",
    "Beginnings",
    "Chat",
    "ChatWriter",
    "Demonstration",
    "Drawn",
    "Ended",
    "EpisodeKey",
    "GeneratedTurn",
    "Group",
    "GroupSource",
    "Limits",
    "Rollout",
    "Sampling",
    "Score",
    "TokenStream",
    "TokenWriter",
    "Writer",
    "advantages",
    "by_environment",
    "by_level",
    "curriculum_of",
    "demonstrate",
    "demonstrate_imperfectly",
    "draw_ahead",
    "evaluate",
    "held_out_keys",
    "held_out_seed",
    "play_in_flight",
    "play_many",
    "play_one",
    "reward",
    "total",
    "training_key",
    "training_seed",
]
