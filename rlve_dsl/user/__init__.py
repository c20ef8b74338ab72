"""The simulated shopper: what they can say, when they say it, and how it is typed.

Belongs here: disclosure, matching of questions, acts, noise, patience. It reads what it is told about a turn and changes
nothing but itself. Does not belong here: words (they come from templates), tools, the state of the world.
"""

from rlve_dsl.user.acts import ACTS, Act
from rlve_dsl.user.matching import Matcher
from rlve_dsl.user.noise import typed
from rlve_dsl.user.shopper import Shopper, Slot, Unprompted, Utterance

__all__ = ["ACTS", "Act", "Matcher", "Shopper", "Slot", "Unprompted", "Utterance", "typed"]
