"""What is worked out of a message before anything is decided: its clauses, with slips of typing corrected.

Belongs here: splitting, spelling, preparation. Does not belong here: what is asked for, what the shopper answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from rlve_dsl.english import stem
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.evidence import Evidence
from rlve_dsl.user.understanding.items import Items
from rlve_dsl.user.understanding.keeping import Kept
from rlve_dsl.user.understanding.lexicon import STOP, Words, lexicon, lexicon_with
from rlve_dsl.user.understanding.profiles import Profiles
from rlve_dsl.user.understanding.spans import Span, spans_of
from rlve_dsl.user.understanding.spelling import Speller
from rlve_dsl.user.understanding.subjects import subjects_of
from rlve_dsl.user.understanding.texts import Piece, pieces_of
from rlve_dsl.user.understanding.vocabulary import vocabulary_of

_LONG = 6  # letters of the shortest word with content that a slip of typing is read as, where no fact has it
_VERBATIM = 20_000  # characters in which questions are looked for word for word


@dataclass(frozen=True, slots=True)
class Reading:
    """A message in clauses.

    Attributes:
        spans: The clauses, and the sentences of several clauses.
        named: The stems that name items.
    """

    spans: tuple[Span, ...]
    named: frozenset[str]


class Prepared:
    """Some facts, prepared for messages about them.

    Args:
        held: The facts that the shopper can state.
        absent: What could be asked but does not hold.
        words: More words that mean the same: for each concept words and phrases.
    """

    __slots__ = ("_evidence", "_questions", "_speller", "items", "lexicon", "profiles", "subjects")

    def __init__(self, held: Sequence[Slot], absent: Sequence[Slot], words: Words = ()) -> None:
        self.subjects, items = subjects_of(held, absent)
        self._evidence: Evidence | None = None
        self._questions: dict[str, set[int]] = {}
        for index, slot in enumerate((*held, *absent)):
            for ask in slot.asks:
                self._questions.setdefault(_plain("".join(segment.text for segment in ask)), set()).add(index)
        self.lexicon = lexicon_with(words)
        self.profiles = Profiles(self.subjects, self.lexicon)
        self.items = Items(items, self.subjects, self.lexicon)
        own: dict[str, None] = {}
        for subject in self.subjects:
            own.update(dict.fromkeys(vocabulary_of(subject.asked, self.lexicon).told.words))
            for _, said in subject.said:
                own.update(dict.fromkeys(said))
        own.update(dict.fromkeys(word for item in items for word in item.words))
        self._speller = Speller((*own, *self.lexicon.added))

    @property
    def evidence(self) -> Evidence:
        """The facts, prepared for comparing meanings; made for the first message."""
        if self._evidence is None:
            self._evidence = Evidence(self.subjects, self.lexicon)
        return self._evidence

    def read(self, message: str) -> Reading:
        """A message in clauses, with slips of typing corrected."""
        pieces = [self._corrected(piece) for piece in pieces_of(message)]
        spans = tuple(spans_of(pieces))
        return Reading(spans, self.items.words([stem(word) for span in spans for word in span.words]))

    def verbatim(self, message: str) -> tuple[str, set[int]]:
        """The message without the questions that it contains word for word, and the slots that these ask for.

        Longer questions go first, as they may contain others.
        """
        found: set[int] = set()
        if "?" not in message:
            return message, found
        rest = _plain(message[:_VERBATIM])
        for text in sorted((text for text in self._questions if text and text in rest), key=lambda t: (-len(t), t)):
            if text in rest:
                found |= self._questions[text]
                rest = rest.replace(text, "\n")
        return (rest + message[_VERBATIM:], found) if found else (message, found)

    def _corrected(self, piece: Piece) -> Piece:
        words = tuple(self._word(word) for word in piece.words)
        return piece if words == piece.words else replace(piece, words=words)

    def _word(self, word: str) -> str:
        own = self._speller.corrected(word)
        return own if self._speller.knows(own) else _general_speller().corrected(own)


_MOST_KEPT = 200_000  # words
_KEPT: Kept[tuple[object, ...], Prepared] = Kept(_MOST_KEPT, lambda found: found.profiles.size)


def prepared_for(held: Sequence[Slot], absent: Sequence[Slot], words: Words = ()) -> Prepared:
    """Some facts, prepared; episodes with the same questions share the result.

    Those used last are kept, as far as they take little memory.
    """
    slots = tuple((s.part, s.fact, s.key, s.says, s.asks, s.omitted, s.about, s.options) for s in (*held, *absent))
    return _KEPT.of((len(held), slots, words), lambda: Prepared(held, absent, words))


@cache
def _general_speller() -> Speller:
    return Speller([*sorted(STOP), *sorted(word for word in lexicon().known if len(word) >= _LONG)])


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.lower().splitlines())
