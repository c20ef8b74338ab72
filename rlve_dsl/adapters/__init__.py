"""Adapters: training engines that others have built play the episodes of a scenario.

Belongs here: what such an engine calls, and the folder that tells it what to play. Does not belong here: training of our own, or another
way to play an episode (`play_one` is the only one). An engine is imported inside the functions that need it.
"""

from rlve_dsl.adapters.slime import write_folder as write_slime_folder

__all__ = ["write_slime_folder"]
