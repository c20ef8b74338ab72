"""Facts, prepared for messages about them, and messages read with them.

Belongs here: spelling, preparation, keeping what was prepared. Does not belong here: what is asked for, what the shopper answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.one_thread import on_one_thread
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.spelling import Speller, is_usual
from rlve_dsl.user.understanding.author_words import meant_by
from rlve_dsl.user.understanding.facts_read import FactsRead, as_if_held, read_facts
from rlve_dsl.user.understanding.hints import hints_of
from rlve_dsl.user.understanding.keeping import Kept
from rlve_dsl.user.understanding.lexicon import STOP, Words, lexicon
from rlve_dsl.user.understanding.likeness import LINKS, Likeness, likeness_of
from rlve_dsl.user.understanding.meanings import Numbers
from rlve_dsl.user.understanding.plain import is_plain
from rlve_dsl.user.understanding.reader import Prompts, Read, reader
from rlve_dsl.user.understanding.texts import pieces_of, words_of
from rlve_dsl.user.understanding.tokens import listed_in, tokens_of
from rlve_dsl.user.understanding.understood import Understood

_LONG = 6  # letters of the shortest word with content that a slip of typing is read as, where no fact has it
_PROMPTED = 1280  # bytes of a word of a fact, as the networks see it
_MESSAGES = 32  # whose meaning is kept: the same questions are asked again by other plays of an episode
_UNDERSTOOD = 500  # bytes of most of these
_VERBATIM = 20_000  # characters in which questions are looked for word for word


@frozen
class Compared:
    """A message compared with facts.

    Attributes:
        tokens: Its tokens.
        likeness: How like they are to the facts.
        hints: What usual turns of English say of it.
    """

    tokens: tuple[str, ...]
    likeness: Likeness
    hints: tuple[float, ...]


@frozen
class Reading:
    """A message that was read.

    Attributes:
        tokens: Its tokens.
        read: What the reader makes of it.
        linked: How surely each of its words means what each fact that holds is about, by the words file.
        listed: The facts that it names in a question that lists many things.
        is_plain: Whether it is one question of a usual form for a preference.
    """

    tokens: tuple[str, ...]
    read: Read
    linked: Numbers
    listed: tuple[int, ...] = ()
    is_plain: bool = False


class Prepared:
    """Some facts, prepared for messages about them.

    Args:
        held: The facts that the shopper can state.
        absent: What could be asked but does not hold.
        words: More words that mean the same: for each name words and phrases.

    Attributes:
        said: The words of the values that the facts which hold are said with.
        understood: What the last messages were understood as.
    """

    __slots__ = (
        "__weakref__",
        "_added",
        "_as_if_held",
        "_names",
        "_prompts",
        "_questions",
        "_speller",
        "facts",
        "said",
        "understood",
    )

    def __init__(self, held: Sequence[Slot], absent: Sequence[Slot], words: Words = ()) -> None:
        self.facts: FactsRead = read_facts(held, absent, lexicon())
        self.understood: Kept[str, Understood] = Kept(_MESSAGES * _UNDERSTOOD, lambda _: _UNDERSTOOD)
        self._prompts: Prompts | None = None
        self._as_if_held: Prompts | None = None
        self._questions: dict[str, set[int]] = {}
        for index, slot in enumerate((*held, *absent)):
            for ask in slot.asks:
                self._questions.setdefault(_plain("".join(segment.text for segment in ask)), set()).add(index)
        self._added = _added(words, self.facts)
        self.said = frozenset(w for slot in held for s in slot.says if s.is_value for w in words_of(s.text))
        self._names = [_names(slot, set(map(" ".join, self.facts.item_words))) for slot in held]
        items = [word for name in self.facts.item_words for word in name]
        self._speller = Speller([*self.facts.words, *items, *(word for phrase in self._added for word in phrase)])

    @property
    def size(self) -> int:
        """The bytes of most of its numbers."""
        facts = self.facts
        numbers = facts.vectors.nbytes + facts.concepts.nbytes + facts.related.nbytes
        return numbers + _PROMPTED * len(facts.texts) + _MESSAGES * _UNDERSTOOD

    @on_one_thread
    def read(self, message: str) -> Reading | None:
        """A message, read with these facts; None for one without words."""
        compared = self.compared(message)
        if compared is None:
            return None
        of = compared.tokens, compared.likeness, self._prompted(), compared.hints
        linked = compared.likeness.by_number[LINKS, :, : self.facts.held]
        return Reading(compared.tokens, reader().read(*of), linked, self._listed(compared.tokens), is_plain(message))

    @on_one_thread
    def read_as_if_held(self, message: str) -> Read | None:
        """What the reader makes of a message, as if all facts held; None for one without words."""
        compared = self.compared(message)
        if compared is None:
            return None
        if self._as_if_held is None:
            self._as_if_held = reader().prompt(as_if_held(self.facts))
        return reader().read(compared.tokens, compared.likeness, self._as_if_held, compared.hints)

    @on_one_thread
    def get_ready(self) -> None:
        """Show the facts to the first network now: it reads every message."""
        self._prompted().of(0)

    def _prompted(self) -> Prompts:
        if self._prompts is None:
            self._prompts = reader().prompt(self.facts)
        return self._prompts

    def _listed(self, tokens: Sequence[str]) -> tuple[int, ...]:
        """The facts that hold and are named in a question that lists many things. The reader has seen few such lists."""
        roots = set(map(stem, listed_in(tokens)))
        return tuple(place for place, names in enumerate(self._names) if roots and any(name <= roots for name in names))

    def compared(self, message: str) -> Compared | None:
        """A message, compared with these facts; None for one without words."""
        tokens = tuple(self._with_added(tokens_of(message, self.corrected)))
        if not any(token[0].isalnum() for token in tokens):
            return None
        return Compared(tokens, likeness_of(tokens, self.facts, lexicon()), hints_of(pieces_of(message)))

    def verbatim(self, message: str) -> tuple[str, dict[int, int]]:
        """The message without the questions that it contains word for word, and where these ask for which slots.

        Longer questions go first, as they may contain others. Spaces stand for a question, so that what is left keeps its place.
        """
        found: dict[int, int] = {}
        if "?" not in message:
            return message, found
        rest = _plain(message[:_VERBATIM])
        for text in sorted((text for text in self._questions if text and text in rest), key=lambda t: (-len(t), t)):
            if text in rest:
                for slot in self._questions[text]:
                    found.setdefault(slot, rest.index(text))
                rest = rest.replace(text, "\n".ljust(len(text)))
        return (rest + message[_VERBATIM:], found) if found else (message, found)

    def corrected(self, word: str) -> str:
        """A word with a slip of typing corrected: the word of a fact, or a usual one, that is one slip away."""
        own = self._speller.corrected(word)
        return own if self._speller.knows(own) else _general_speller().corrected(own)

    def knows(self, word: str) -> bool:
        """Whether a word, corrected, is one of the facts, of the words file, or of usual English; digits are."""
        return (
            not word.isalpha() or self._speller.knows(word) or word in STOP or word in lexicon().known or is_usual(word)
        )

    def _with_added(self, tokens: list[str]) -> list[str]:
        """The tokens, with words of an author written as the words of facts that they mean."""
        if not self._added:
            return tokens
        found: list[str] = []
        place = 0
        while place < len(tokens):
            for phrase, meant in self._added.items():
                if tuple(map(stem, tokens[place : place + len(phrase)])) == phrase:
                    found += meant
                    place += len(phrase)
                    break
            else:
                found.append(tokens[place])
                place += 1
        return found


def _names(slot: Slot, items: Collection[str]) -> list[frozenset[str]]:
    """The names in a fact's questions that are no items, such as the attribute of a wish, as stems."""
    texts = [words_of(segment.text) for ask in slot.asks for segment in ask if segment.is_value]
    return [frozenset(map(stem, words)) for words in texts if words and " ".join(words) not in items]


def _added(words: Words, facts: FactsRead) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """For the phrases of an author, as stems, the words that they mean: those of a fact, where a fact is about the entry."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, phrases in words:
        meant = meant_by(name, facts.roots)
        for phrase in sorted(phrases, key=lambda text: (-len(text.split()), text)):
            found[tuple(map(stem, words_of(phrase)))] = meant
    return found


_MOST_KEPT = 50_000_000  # bytes
_KEPT: Kept[tuple[object, ...], Prepared] = Kept(_MOST_KEPT, lambda found: found.size)


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
