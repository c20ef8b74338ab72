"""slime, the engine of RLVE. Its arguments name the functions of this door: `rlve_dsl.adapters.slime.generate`."""

from rlve_dsl.adapters.slime.folder import write_folder
from rlve_dsl.adapters.slime.rollouts import advantages, generate, keep_group, reward
from rlve_dsl.adapters.slime.source import EpisodeSource, count_outcomes

__all__ = ["EpisodeSource", "advantages", "count_outcomes", "generate", "keep_group", "reward", "write_folder"]
