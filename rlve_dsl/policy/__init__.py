"""Store policies: rules in a controlled English, checked, decided, explained and put into words.

Belongs here: what a policy says and what follows from it for given facts. Does not belong here: tools, turns, or how a
world supplies the facts.
"""

from rlve_dsl.policy import ast

__all__ = ["ast"]
