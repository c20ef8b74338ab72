"""What an agent says that it is about to do, and whether a call does that.

Belongs here: English, the words of tools and the names of things, consent. Does not belong here: which facts a message asks for,
what the shopper wants, any tool or environment by name.
"""

from rlve_dsl.user.consent.actions import Wording
from rlve_dsl.user.consent.proposals import read_proposal
from rlve_dsl.user.consent.requests import (
    announces,
    asks_for_a_go_ahead,
    asks_whether_it_is_clear,
    is_bare_confirmation,
    is_on_condition,
    may_announce,
    may_propose,
    proposes,
    speaks_of_an_action,
)
from rlve_dsl.user.consent.sentences import Sentence, boundaries, sentences_of, word_set
from rlve_dsl.user.consent.stated import NOTHING_STATED, Proposal, Stated
from rlve_dsl.user.consent.things import Mention, Thing, covers

__all__ = [
    "NOTHING_STATED",
    "Mention",
    "Proposal",
    "Sentence",
    "Stated",
    "Thing",
    "Wording",
    "announces",
    "asks_for_a_go_ahead",
    "asks_whether_it_is_clear",
    "boundaries",
    "covers",
    "is_bare_confirmation",
    "is_on_condition",
    "may_announce",
    "may_propose",
    "proposes",
    "read_proposal",
    "sentences_of",
    "speaks_of_an_action",
    "word_set",
]
