"""Rewards: measures of an outcome, and their composition as weighted terms.

Belongs here: pure functions, and the breakdown of a reward into terms. Does not belong here: anything that changes a state.
"""

from rlve_dsl.reward import measures, rulings
from rlve_dsl.reward.composition import Breakdown, Composition, TermValue, compose, explain

FUNCTIONS = (*measures.FUNCTIONS, *rulings.FUNCTIONS)

__all__ = ["FUNCTIONS", "Breakdown", "Composition", "TermValue", "compose", "explain"]
