"""The actions that a sentence names, by the words of tools: where, and to what they are done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from rlve_dsl.catalog import is_one_token
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.conditions import on_an_obstacle
from rlve_dsl.user.consent.denial import is_denied, is_negated, is_part_of_a_noun
from rlve_dsl.user.consent.sending import Sent, may_send, sendings
from rlve_dsl.user.consent.sentences import (
    AGENT,
    COSTS,
    DETERMINERS,
    GENERAL_NOUNS,
    JOINERS,
    MODALS,
    NOUN_ENDS,
    PRONOUNS,
    REACH,
    THING,
    root,
    words_of,
)
from rlve_dsl.user.spelling import Speller

_LONG = 5  # letters of the shortest word that is read as another one with the same letters
_KEPT = 256  # sets of tools
_GAP = 8  # words that may stand between two words of a phrase
_LISTED = 4  # words from the end of one thing of a list to the next thing
_HAVE, _GO = root("have"), root("go")
_OBJECTS = DETERMINERS | PRONOUNS | {THING}
_ARTICLES = frozenset(("a", "an", "your"))
_INSTEAD = "instead"  # what a phrase ends in that names what takes the place of another thing: "send instead"
_GIVING = frozenset(("for", "with", "give", "get", "send", "issue", "arrange", "process", "provide", "you"))
_DROPPED = frozenset(("a", "an", "the", "to", "in", "into", "of", "for", "from", "on", "your"))


@frozen
class Wording:
    """A tool that changes something: what a person calls it, and the sorts of ids that it takes."""

    tool: str
    says: tuple[str, ...]
    takes: frozenset[str] = frozenset()


@frozen
class Named:
    """Where a sentence names an action: by which words of the tools, and the words that say to what it is done."""

    start: int
    end: int
    tools: tuple[str, ...]
    objects: tuple[str, ...]
    called: str = ""


@lru_cache(maxsize=_KEPT)
def actions_of(wordings: tuple[Wording, ...]) -> Actions:
    """What finds the actions of these tools."""
    return Actions(wordings)


class Actions:
    """Finds the actions that a sentence names.

    Args:
        wordings: The tools that change something.

    Attributes:
        takes: The sorts of ids that each tool takes.
        reserved: The roots of all words of the tools.
        verbs: The roots of the words with which what they are called begins.
    """

    def __init__(self, wordings: tuple[Wording, ...]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._called: dict[tuple[str, ...], str] = {}
        self.takes: dict[str, frozenset[str]] = {}
        for wording in wordings:
            self.takes[wording.tool] = wording.takes
            for phrase in wording.says:
                words = tuple(root(word) for word in words_of(phrase) if word not in _DROPPED)
                if words:
                    self._called.setdefault(words, " ".join(words_of(phrase)))
                    self._phrases.setdefault(words[0], []).append((words, wording.tool))
        # the nouns that verbs are said of, where nothing else is between: "move the appointment"
        self._said_of: dict[str, frozenset[str]] = {}
        self._nouns: dict[str, str] = {}
        for words, called in self._called.items():
            _, *after = called.split()
            noun = next((word for word in after if word not in DETERMINERS), "") if len(words) == 2 else ""
            if noun and after[0] != noun and root(noun) == words[1] and words[1] not in self._phrases:
                self._said_of[words[0]] = self._said_of.get(words[0], frozenset()) | {words[1]}
                self._nouns[words[1]] = noun
        # the tools that put one thing in the place of another, by the verb of such a phrase
        self._instead: dict[str, list[tuple[str, str]]] = {}
        for phrases in self._phrases.values():
            for words, tool in phrases:
                if words[1:] == (root(_INSTEAD),):
                    self._instead.setdefault(words[0], []).append((tool, self._called[words]))
        self.verbs = frozenset(self._phrases) - {_HAVE}  # "have you" begins a question of another kind
        known = [word for wording in wordings for phrase in wording.says for word in words_of(phrase)]
        self._speller = Speller(known)
        self._by_letters = {"".join(sorted(word)): word for word in reversed(known) if len(word) >= _LONG}
        self.reserved = frozenset(word for phrases in self._phrases.values() for words, _ in phrases for word in words)

    def corrected(self, word: str) -> str:
        """The word of a tool that is meant by one with a slip of typing, or the word itself.

        >>> [Actions((Wording("a", ("start the return",)),)).corrected(word) for word in ("retrun", "statr", "start", "state")]
        ['return', 'start', 'start', 'state']
        """
        found = self._speller.corrected(word)
        if found != word or len(word) < _LONG or self._speller.knows(word) or is_one_token(word):
            return found
        return self._by_letters.get("".join(sorted(word)), word)  # "statr" may be a "stat" with an ending

    def nouns_among(self, words: Sequence[str]) -> Iterator[str]:
        """The roots of the words that verbs of tools are said of."""
        return (noun for noun in map(root, words) if noun in self._nouns)

    def with_nouns(self, words: Sequence[str], spoken_of: Collection[str]) -> tuple[str, ...]:
        """The words, with what "it" means after a verb that is said of something spoken of: "move it" after "your appointment".

        Args:
            words: The words.
            spoken_of: The roots of the nouns that were said before.
        """
        if not self._said_of:
            return tuple(words)
        found, spoken = list(words), set(spoken_of)
        for at, word in enumerate(words):
            nouns = (
                self._said_of.get(root(word), frozenset()) if words[at + 1 : at + 2] == ("it",) else frozenset[str]()
            )
            meant = nouns & spoken
            if len(meant) == 1 and all(len(phrase) > 1 for phrase, _ in self._phrases[root(word)]):
                found[at + 1] = self._nouns[next(iter(meant))]
            if (noun := root(word)) in self._nouns:
                spoken.add(noun)
        return tuple(found)

    def named_in(self, words: Sequence[str]) -> Iterator[Named]:
        """Where actions are named, the longest phrase at each place; not where they are denied, past, or part of another noun."""
        return (named for named in self._named_in(words) if not is_denied(words, named.start, named.end))

    def any_in(self, words: Sequence[str]) -> Iterator[Named]:
        """Where actions are named at all, also where they are denied: "I will not start the return yet"."""
        return self._named_in(words)

    def priced_in(self, words: Sequence[str]) -> Iterator[Named]:
        """Where it is said what actions cost: "there is a return fee"."""
        for named in self._named_in(words):
            if named.end < len(words) and words[named.end] in COSTS and not is_negated(words, named.start):
                yield named

    def nouns_in(self, words: Sequence[str]) -> Iterator[Named]:
        """Where actions are named as nouns: "the reason for the return"."""
        for named in self._named_in(words):
            alone = named.end == named.start + 1 and named.start and words[named.start - 1] in DETERMINERS
            if alone and not is_part_of_a_noun(words, named.end):
                yield named

    def given_in(self, words: Sequence[str]) -> Iterator[Named]:
        """Where a noun says what the listener gets by an action: "return it for a refund", "and give you a full refund"."""
        for named in self.named_in(words):
            if named.end == named.start + 1 and _is_given(words, named.start) and _is_whole_gift(words, named.end):
                yield named

    def sent_in(self, words: Sequence[str]) -> Iterator[Sent]:
        """Where something is sent to the listener. Beside a thing that goes back, it takes its place: "and send you the kettle"."""
        if not self._instead or not may_send(words):
            return
        named: list[Named] | None = None
        for sending in sendings(words):
            named = list(self._named_in(words)) if named is None else named
            start, end = min(sending.verb, sending.thing), max(sending.verb, sending.thing) + 1
            if any(match.start <= sending.verb < match.end for match in named) or is_denied(words, start, end):
                continue
            if on_an_obstacle(words, (sending.verb,)):
                continue  # "if it is sold out, I'd send you the kettle"
            found = self._instead.get(root(words[sending.verb])) or next(iter(self._instead.values()))
            yield Sent(start, sending.thing, tuple(dict.fromkeys(tool for tool, _ in found)), found[0][1])

    def takes_the_place(self, tool: str, of: str) -> bool:
        """Whether a tool gives a product for what another one takes: both are about one thing, and it is about a product besides."""
        return "product" in self.takes[tool] - self.takes[of] and not self.takes[of].isdisjoint(self.takes[tool])

    def _named_in(self, words: Sequence[str]) -> Iterator[Named]:
        roots = [root(word) for word in words]
        at = 0
        while at < len(words):
            ends: dict[int, list[tuple[int, str, tuple[str, ...]]]] = {}
            for phrase, tool in self._phrases.get(roots[at], ()):
                if (end := _end_of(phrase, roots, at)) is not None and _fits(phrase[0], words, at):
                    ends.setdefault(len(phrase), []).append((end, tool, phrase))
            if not ends:
                at += 1
                continue
            longest = ends[max(ends)]
            end, _, said = min(longest, key=lambda found: found[0])
            tools = tuple(dict.fromkeys(tool for place, tool, _ in longest if place == end))
            own = {word for phrase, _ in self._phrases[roots[at]] if len(phrase) == max(ends) for word in phrase}
            is_noun = (
                len(said) == 2 and said[1] in self._said_of.get(said[0], ()) and words[end - 1] not in GENERAL_NOUNS
            )
            # "move your heart appointment": what stands before the noun names no other thing
            objects = _objects(words, end - 2 if is_noun else at, end, own)
            yield Named(at, end, tools, objects, self._called[said])
            at = end

    def begun_in(self, words: Sequence[str]) -> Iterator[int]:
        """Where a joiner and a verb of a tool begin another action, also one that is not named in full: "and send you the tent"."""
        for at, (joiner, verb, next_) in enumerate(zip(words, words[1:], words[2:], strict=False), start=1):
            if joiner in JOINERS and root(verb) in self._phrases and (next_ in _OBJECTS or next_ == "you"):
                yield at


def _is_given(words: Sequence[str], start: int) -> bool:
    """Whether the noun that begins here is something that is given: "for a refund", "issue a full refund"."""
    article = next((at for at in (start - 1, start - 2) if at > 0 and words[at] in _ARTICLES), None)
    return article is not None and words[article - 1] in _GIVING and JOINERS.isdisjoint(words[article:start])


def _is_whole_gift(words: Sequence[str], end: int) -> bool:
    """Whether what is given is not a part alone: "a refund for it", and not "a refund of the shipping costs"."""
    of = words[end : end + 3]
    return len(of) < 3 or of[0] not in ("of", "for", "on") or of[1] not in DETERMINERS or of[2] == THING


def _end_of(phrase: tuple[str, ...], roots: Sequence[str], at: int) -> int | None:
    """Where a phrase ends that begins here; None where it does not."""
    place, gap = at, 0 if phrase[0] == _GO else _GAP
    for word in phrase[1:]:
        found = _next(word, roots, place, gap)
        if found is None:
            return None
        place = found
    return place + 1


def _next(word: str, roots: Sequence[str], at: int, gap: int) -> int | None:
    """Where the next word of a phrase is, after at most so many words of the same part of the sentence."""
    at, last = at + 1, at + 1 + gap
    while at <= last and at < len(roots):
        if roots[at] == word:
            return at
        if roots[at] in JOINERS:
            after = _past_joiner(word, roots, at)
            if after is None:
                return None
            last += after - at
            at = after
        else:
            at += 1
    return None


def _past_joiner(word: str, roots: Sequence[str], at: int) -> int | None:
    """Where the same part of the sentence goes on: in a list of things ("take the tent and the kettle back"), or after what stands
    between commas ("send the tent, in grey, instead")."""
    listed = next((w for w in roots[at : at + _LISTED] if w not in JOINERS and w not in DETERMINERS), "")
    if roots[at - 1] == THING and listed == THING:
        return next(i for i in range(at, len(roots)) if roots[i] == THING)
    if roots[at] != ",":
        return None
    closing = next((i for i in range(at + 1, min(at + 2 + _GAP, len(roots))) if roots[i] in JOINERS), at)
    return next((i + 1 for i in (at, closing) if roots[i] == "," and roots[i + 1 : i + 2] == [word]), None)


def _fits(verb: str, words: Sequence[str], at: int) -> bool:
    """Whether a verb that is also used otherwise means an action here: a thing goes back, the agent has something picked up."""
    if verb == _GO:  # "shall I go back to the list"
        return AGENT.isdisjoint(words[max(0, at - REACH) : at])
    if words[at] == "checks":  # "everything checks out"
        return False
    if verb != _HAVE:
        return True
    subject, modal = (words[at - 1] if at else ""), (words[at - 2] if at > 1 else "")
    is_done = subject not in ("you", "they") and (subject not in ("i", "we") or modal in MODALS)
    return is_done and at + 1 < len(words) and words[at + 1] in _OBJECTS


def _objects(words: Sequence[str], start: int, end: int, own: Collection[str]) -> tuple[str, ...]:
    """The words that say to what an action is done: those between its own words and those after it, up to the end of the noun."""
    inside = [w for w in words[start + 1 : end - 1] if root(w) not in own]
    after = list(words[end : end + _GAP])
    while after and after[0] in ("for", "of", "on", "process", "request", "procedure"):
        after.pop(0)
    if not after or after[0] not in DETERMINERS:
        after = []
    stop = next((i for i, word in enumerate(after) if i and word in NOUN_ENDS and word != THING), len(after))
    inside = [w for w in inside if w not in _DROPPED and w != "you"]  # "send you a replacement"
    return tuple(word for word in (*inside, *after[:stop]) if word not in DETERMINERS)
