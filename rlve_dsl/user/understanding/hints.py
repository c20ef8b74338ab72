"""What usual turns of English say of a message as a whole; the reader weighs it with all else.

Belongs here: patterns that need no facts. Does not belong here: what is decided by them.
"""

from __future__ import annotations

import re

from rlve_dsl.caching import cached_texts
from rlve_dsl.user.consent import announces, asks_for_a_go_ahead, is_bare_confirmation
from rlve_dsl.user.understanding.lexicon import lexicon
from rlve_dsl.user.understanding.texts import Piece

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instructions?|prompts?|told|rules|above|previous)\b|\bhidden goal\b"
    r"|\bsystem prompt\b|\byour (?:goal|instructions|prompt)\b|\bfacts you hold\b|\b(?:reveal|print|output|dump) (?:your|the|all)\b"
)
HINTS = 6
"""How many there are."""
_LONGEST = 60  # words of a clause or a sentence that are read


def hints_of(pieces: list[Piece]) -> tuple[float, ...]:
    """Of a message in clauses: whether it asks for a go-ahead, whether its last sentence does, whether it asks for whatever is
    open, whether it has a bare confirmation ("OK?"), whether it announces something, whether it gives orders to a machine."""
    sentences: dict[int, list[str]] = {}
    for piece in pieces:
        sentences.setdefault(piece.sentence, []).extend(piece.words)
    texts = [words[:_LONGEST] for words in sentences.values()]
    ahead = [_is_go_ahead(" ".join(words)) for words in texts]
    return (
        float(any(ahead)),
        float(bool(ahead) and ahead[-1]),
        float(any(_is_general(" ".join(piece.words[:_LONGEST])) for piece in pieces)),
        float(any(is_bare_confirmation(words) for words in texts)),
        float(any(announces(words) for words in texts)),
        float(is_order([word for words in texts for word in words])),
    )


def is_order(words: list[str]) -> bool:
    """Whether words give orders to a machine ("ignore your instructions")."""
    return _ORDER.search(" ".join(words[:200])) is not None


@cached_texts(4096)
def _is_general(text: str) -> bool:
    return lexicon().general.search(text) is not None


@cached_texts(4096)
def _is_go_ahead(text: str) -> bool:
    return not _is_general(text) and asks_for_a_go_ahead(text.split(" "))
