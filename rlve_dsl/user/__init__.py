"""The simulated user: the protocol, the scripted user and the recorded one.

Belongs here: what a user hears and says, facts and their disclosure, the matching of questions, acts, noises,
patience, playing side by side. Does not belong here: compiled plans, tools, the grading of an episode, models. A user
reads the state of the store and never changes it.
"""

from rlve_dsl.user.acts import ACTS, Act
from rlve_dsl.user.consent import NOTHING_STATED, Mention, Proposal, Stated, Thing, Wording, covers, read_proposal
from rlve_dsl.user.contradicting import contradicted
from rlve_dsl.user.facts import FactId, Question, Said, Slot
from rlve_dsl.user.hearing import understood_with_proposal
from rlve_dsl.user.joining import after
from rlve_dsl.user.noise import NOISES, Applied, Noise, applied, fault_of_noise, noise, noisy
from rlve_dsl.user.protocol import (
    MISSED,
    NO_PREFERENCE,
    NOTHING_MORE,
    UNCLEAR,
    UNSURE,
    Ear,
    Heard,
    MakeEar,
    MakeUser,
    Objection,
    Reaction,
    Request,
    Role,
    User,
    Utterance,
)
from rlve_dsl.user.recorded import RecordedTurn, RecordedUser, RecordingMismatch
from rlve_dsl.user.scripted import SCRIPTED, ScriptedUser
from rlve_dsl.user.side_by_side import SideBySide, waiting
from rlve_dsl.user.understanding import Listener, Near, Understood, Words, WordsOfFacts, mistakable

__all__ = [
    "ACTS",
    "MISSED",
    "NOISES",
    "NOTHING_MORE",
    "NOTHING_STATED",
    "NO_PREFERENCE",
    "SCRIPTED",
    "UNCLEAR",
    "UNSURE",
    "Act",
    "Applied",
    "Ear",
    "FactId",
    "Heard",
    "Listener",
    "MakeEar",
    "MakeUser",
    "Mention",
    "Near",
    "Noise",
    "Objection",
    "Proposal",
    "Question",
    "Reaction",
    "RecordedTurn",
    "RecordedUser",
    "RecordingMismatch",
    "Request",
    "Role",
    "Said",
    "ScriptedUser",
    "SideBySide",
    "Slot",
    "Stated",
    "Thing",
    "Understood",
    "User",
    "Utterance",
    "Wording",
    "Words",
    "WordsOfFacts",
    "after",
    "applied",
    "contradicted",
    "covers",
    "fault_of_noise",
    "mistakable",
    "noise",
    "noisy",
    "read_proposal",
    "understood_with_proposal",
    "waiting",
]
