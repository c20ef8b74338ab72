"""The words of texts about a fact, and what they mean: of its questions, which episodes share, and of what is said.

Belongs here: how much a word tells by where it is from. Does not belong here: the facts of an episode together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.forms import heads_of, kinds_of_question
from rlve_dsl.user.understanding.keeping import Kept
from rlve_dsl.user.understanding.lexicon import STOP, Lexicon, Term
from rlve_dsl.user.understanding.subjects import Field, Texts

SAYS = 0.4
VALUE = 0.55
"""How much a word of what is said, and of a value, tells of its subject; words of questions tell more."""

_FIELDS = {
    Field.ASK: 1.0,
    Field.ABOUT: 0.9,
    Field.LISTED: 0.35,
    Field.OPTION: 0.9,
    Field.SAYS: SAYS,
    Field.VALUE: VALUE,
}
_MEANT = {Field.ASK: 1.0, Field.ABOUT: 0.8, Field.LISTED: 0.0, Field.OPTION: 0.5, Field.SAYS: 0.3, Field.VALUE: 0.2}
_PART = 0.5  # how much a word tells of a longer option or value
_LIGHT = 0.3
_ASIDE = 0.4  # how much a word means of what is asked for where it only says about what
_LONGEST = 40  # words that are read of a text
_MOST_KEPT = 400_000  # words
_AUXILIARY = frozenset(["is", "was", "do", "did", "has", "have", "are", "were", "will", "would", "can", "does"])


@dataclass(frozen=True, slots=True)
class Told:
    """What texts tell of a fact.

    Attributes:
        stems: For each stem or phrase how much it tells.
        meant: For each concept how much the texts mean it.
        roots: All stems.
        words: All words.
    """

    stems: dict[str, float]
    meant: dict[int, float]
    roots: frozenset[str]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a fact's questions.

    Attributes:
        told: What they tell.
        named: The stems of questions and other words.
        literal: These, and the stems of things that one question lists.
        listed: The stems of things that one question lists, such as "price, rating and brand".
        kinds: The kinds of its questions.
        conditional: Whether its question asks what to do if something is so.
        expected: Whether its question asks for what is expected, which is no limit.
        yes_no: Whether its questions are answered by yes or no.
        content: The words with content.
        size: How many words it has.
    """

    told: Told
    named: frozenset[str]
    literal: frozenset[str]
    listed: frozenset[str]
    kinds: frozenset[str]
    conditional: bool
    expected: bool
    yes_no: bool
    content: tuple[str, ...]
    size: int = field(default=0)


_VOCABULARIES: Kept[tuple[Texts, Lexicon], Vocabulary] = Kept(_MOST_KEPT, lambda found: found.size)


def vocabulary_of(texts: Texts, lexicon: Lexicon) -> Vocabulary:
    """The words of a fact's questions; episodes with the same questions share the result."""
    return _VOCABULARIES.of((texts, lexicon), lambda: _vocabulary(texts, lexicon))


@lru_cache(maxsize=1 << 13)
def told_by(kind: Field, words: tuple[str, ...], lexicon: Lexicon) -> Told:
    """What one text tells of a fact."""
    stems: dict[str, float] = {}
    best: dict[int, float] = {}
    words = words[:_LONGEST]
    given = _given(kind, words)
    for term in lexicon.terms(words):
        part = _is_part(term, kind, len(words))
        aside = _ASIDE if term.place >= given else 1.0
        stems[term.key] = max(stems.get(term.key, 0.0), _FIELDS[kind] * (_PART if part else 1))
        for concept, strength in lexicon.means(term):
            best[concept] = max(best.get(concept, 0.0), strength * _MEANT[kind] * (_LIGHT if term.light else aside))
    return Told(stems, best, frozenset(map(stem, words)), words)


def add_to(stems: dict[str, float], meant: dict[int, float], told: Told) -> None:
    """Add what a text tells to what others tell."""
    for key, value in told.stems.items():
        stems[key] = max(stems.get(key, 0.0), value)
    for concept, value in told.meant.items():
        meant[concept] = meant.get(concept, 0.0) + value


def _vocabulary(texts: Texts, lexicon: Lexicon) -> Vocabulary:
    stems: dict[str, float] = {}
    meant: dict[int, float] = {}
    for kind, words in texts:
        add_to(stems, meant, told_by(kind, words, lexicon))
    asks = list(_of(texts, Field.ASK))
    named = frozenset(stem(word) for words in _of(texts, Field.ASK, Field.ABOUT) for word in words)
    listed = frozenset(stem(word) for words in _of(texts, Field.LISTED) for word in words)
    all_words = tuple(dict.fromkeys(word for _, words in texts for word in words))
    content = dict.fromkeys(
        word
        for words in _of(texts, Field.ASK, Field.ABOUT, Field.OPTION)
        for word in words
        if word not in STOP and not lexicon.is_light(word)
    )
    return Vocabulary(
        told=Told(stems, meant, frozenset(map(stem, all_words)), all_words),
        named=named,
        literal=named | listed,
        listed=listed - {"and"},
        kinds=frozenset().union(*(kinds_of_question(words) for words in _of(texts, Field.ASK, Field.ABOUT))),
        conditional=any("if" in words for words in asks),
        expected=any("expect" in words for words in asks),
        yes_no=bool(asks) and all(words[0] in _AUXILIARY for words in asks),
        content=tuple(content),
        size=len(stems) + len(meant) + 4 * len(all_words),
    )


def _given(kind: Field, words: Sequence[str]) -> int:
    """Where a question names what it is about and no longer what it asks for: the return of "the reason for the return"."""
    if kind not in (Field.ASK, Field.ABOUT):
        return len(words)
    if "why" in words:
        return words.index("why")
    head = heads_of(words)
    follows = head and head.stop < len(words) and words[head.stop] in ("for", "of")
    return head.stop if follows else len(words)


def _is_part(term: Term, kind: Field, length: int) -> bool:
    """Whether a word is but a part of a longer option or value."""
    if kind == Field.OPTION:
        return length > 1 and not term.phrase
    return kind == Field.VALUE and (term.light or length > 3)


def _of(texts: Sequence[tuple[Field, tuple[str, ...]]], *kinds: Field) -> Iterator[tuple[str, ...]]:
    return (words for kind, words in texts if kind in kinds)
