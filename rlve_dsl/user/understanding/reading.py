"""What is worked out of a message before anything is decided: its clauses, the scores of each, and what kind each may be.

Belongs here: the way from a message to numbers. Does not belong here: thresholds, what the shopper answers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.arrays import Flags, Floats
from rlve_dsl.user.understanding.features import EMPTY, NETWORK_WIDTH, Features
from rlve_dsl.user.understanding.forms import announces, is_bare_confirmation, is_general, is_go_ahead
from rlve_dsl.user.understanding.items import Items
from rlve_dsl.user.understanding.lexicon import STOP, lexicon
from rlve_dsl.user.understanding.scorer import Scorer, compared
from rlve_dsl.user.understanding.spans import Span, spans_of
from rlve_dsl.user.understanding.spelling import Speller
from rlve_dsl.user.understanding.subjects import Subject, subjects_of
from rlve_dsl.user.understanding.texts import Piece, pieces_of, stem

_VERBATIM = 20_000  # characters in which questions are looked for word for word
_NOTHING = np.float32(-6)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message in clauses.

    Attributes:
        spans: The clauses, and the sentences of several clauses.
        features: The numbers of each span and subject.
    """

    spans: tuple[Span, ...]
    features: Floats

    @property
    def parents(self) -> list[int]:
        """For each span the row of its sentence."""
        return [span.sentence for span in self.spans]

    @property
    def empty(self) -> Flags:
        """For each span whether it has no word with content although another one has."""
        without: Flags = self.features[:, 0, EMPTY] > 0 if len(self.spans) else np.zeros(0, dtype=np.bool_)
        return without & ~without.all()

    @property
    def quiet(self) -> Flags:
        """For each span whether it asks nothing."""
        return np.array([not span.asks for span in self.spans], dtype=np.bool_)

    @property
    def whole(self) -> list[bool]:
        """For each span whether it is a sentence of several clauses."""
        return [span.whole for span in self.spans]


class Prepared:
    """Some facts, prepared for messages about them.

    Args:
        held: The facts that the shopper can state.
        absent: What could be asked but does not hold.
    """

    __slots__ = ("_questions", "_speller", "features", "items", "subjects")

    def __init__(self, held: Sequence[Slot], absent: Sequence[Slot]) -> None:
        self.subjects, items = subjects_of(held, absent)
        self._questions: dict[str, set[int]] = {}
        for index, slot in enumerate((*held, *absent)):
            for ask in slot.asks:
                self._questions.setdefault(_plain("".join(segment.text for segment in ask)), set()).add(index)
        self.features = Features(self.subjects)
        self.items = Items(items, self.subjects)
        own = [w for s in self.subjects for _, words in s.texts for w in words] + [
            w for item in items for w in item.words
        ]
        self._speller = Speller(dict.fromkeys(own))

    def read(self, message: str) -> Reading:
        """A message in clauses, with slips of typing corrected."""
        pieces = [self._corrected(piece) for piece in pieces_of(message)]
        spans = spans_of(pieces)
        named = self.items.words([stem(word) for span in spans for word in span.words])
        return Reading(tuple(spans), self.features.of(spans, named) if spans else np.zeros((0, 0, 0), np.float32))

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


_KEPT: OrderedDict[tuple[object, ...], Prepared] = OrderedDict()
_MOST_KEPT = 32 << 20  # bytes


def prepared_for(held: Sequence[Slot], absent: Sequence[Slot]) -> Prepared:
    """Some facts, prepared; episodes with the same questions share the result.

    Those used last are kept, as far as they take little memory.
    """
    key = tuple(
        (which, s.part, s.fact, s.key, s.says, s.asks, s.omitted, s.about, s.options)
        for which, slots in enumerate((held, absent))
        for s in slots
    )
    if key not in _KEPT:
        _KEPT[key] = Prepared(held, absent)
        while len(_KEPT) > 1 and sum(prepared.features.size for prepared in _KEPT.values()) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    _KEPT.move_to_end(key)
    return _KEPT[key]


@cache
def _general_speller() -> Speller:
    return Speller([*sorted(STOP), *sorted(lexicon().known)])


def kinds_of(reading: Reading, scores: Floats, subjects: Sequence[Subject]) -> Floats:
    """What the networks for kinds of clauses read: for each span the numbers of the subject that holds and fits it best."""
    held = [place for place, subject in enumerate(subjects) if subject.held] or [0]
    absent = [place for place, subject in enumerate(subjects) if not subject.held]
    best = np.array(held)[scores[:, held].argmax(axis=1)]
    rows = np.arange(len(reading.spans))
    top = scores[rows, best]
    other = scores[:, absent].max(axis=1) if absent else np.full(len(rows), -9, dtype=np.float32)
    patterns = np.array([[*_patterns(span), float(span.asks)] for span in reading.spans], dtype=np.float32)
    parents = reading.parents
    sentence = patterns[parents]
    before = np.vstack([np.zeros((1, patterns.shape[1]), np.float32), sentence])[_before(reading)]
    more = np.stack(
        [
            top,
            np.minimum(top, 0),
            other,
            top[parents],
            np.full(len(rows), top.max()),
            rows / len(rows),
            np.full(len(rows), np.log(len(rows))),
        ],
        axis=1,
    )
    return np.concatenate([reading.features[rows, best], more, patterns, sentence, before], axis=1).astype(np.float32)


def _before(reading: Reading) -> list[int]:
    """For each span 1 + the row of the sentence before its own; 0 for none."""
    found, last, before = [], -1, 0
    for span in reading.spans:
        if span.sentence != last:
            before, last = last + 1, span.sentence
        found.append(before)
    return found


def _patterns(span: Span) -> list[float]:
    words = span.words
    return [float(test(words)) for test in (is_general, is_go_ahead, is_bare_confirmation, announces)]


def scores_of(reading: Reading, prepared: Prepared, scorer: Scorer) -> Floats:
    """How sure it is that each span asks for each subject."""
    first = np.where(reading.empty[:, None], _NOTHING, scorer.first(reading.features[:, :, :NETWORK_WIDTH]))
    return scorer.second(compared(first, reading.parents, reading.whole, prepared.features.others))


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.lower().splitlines())
