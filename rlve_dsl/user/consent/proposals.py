"""What an agent's message says that the agent is about to do: which of the tools that change something, and to what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rlve_dsl.user.consent.sentences import (
    COMPOUNDS,
    DENIED,
    DETERMINERS,
    FILLER,
    GENERAL_NOUNS,
    JOINERS,
    LOOKING,
    NOUN_ENDS,
    PRONOUNS,
    QUESTION_WORDS,
    REACH,
    SUGGESTING,
    Sentence,
    root,
    sentences_of,
    words_of,
)
from rlve_dsl.user.consent.things import Mention, Names, Place, Thing

Kind = Literal["change", "look", "unknown", "nothing"]
"""What a message proposes: a call that changes something, something that changes nothing, something that nobody here can do or
that is not clear, or nothing."""

_GAP = 8  # words that may stand between two words of a phrase
_THING = "\0"  # stands for the words that mention a thing
_EXCLUDED = frozenset(("instead", "rather", "not", "without"))  # before what is not meant: "instead of the kettle"
_DROPPED = frozenset(("a", "an", "the", "to", "in", "into", "of", "for", "from", "on", "your"))
# "shall I", "would you like me to", "go ahead and": what follows is the action
_HEAD = re.compile(
    r"\b(?:(?:shall|should|may|can|could|must|do) (?:i|we)|(?:like|want|need|prefer|wish|allow|permit|authori[sz]e|let|for) "
    r"(?:me|us)(?: to)?|if (?:i|we)|(?:ok|okay|fine|alright|right|good|happy|safe|ready|clear|free|permission|approval|consent|"
    r"agree|about|going|plan|planning|proceed|able|like|want|authori[sz]ation|confirmation) to|i will|i'll|we'll|i would|"
    r"i'd|i can|let me|how about|(?:go|going) ahead (?:and|with)|(?:proceed|continue|go on|carry on|move forward|go through) with|"
    r"(?:permission|approval|consent) for|approve|authori[sz]e)(?= |$)"
)
_ASKING = re.compile(r"\b(?:let me know|tell me|please|confirm|say|reply|if (?:you|that|this|it)|unless|with your)\b")


@dataclass(frozen=True, slots=True)
class Wording:
    """A tool that changes something: what a person calls it, and the sorts of ids that it takes."""

    tool: str
    says: tuple[str, ...]
    takes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stated:
    """A call that a message states: the tool, and the things that it is said to be about (none: any)."""

    tool: str
    about: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a message says that the agent is about to do.

    Attributes:
        kind: What it proposes.
        actions: The calls that it states, where its kind is `change`.
    """

    kind: Kind = "nothing"
    actions: tuple[Stated, ...] = ()


NOTHING_STATED = Proposal()


def read_proposal(message: str, before: str, wordings: Iterable[Wording], things: Iterable[Thing]) -> Proposal:
    """What a message proposes. Takes time in proportion to the length of the texts.

    An action counts when the request itself names it ("Shall I start the return?"), or, for a request that names none ("Shall
    I go ahead?"), when the message states it, or else the message before.

    Args:
        message: The agent's message.
        before: The agent's message before that.
        wordings: The tools that change something.
        things: The things that the shopper and the agent may name.
    """
    return _Reader(wordings, things).read(message, before)


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a sentence names an action; `objects` are the words that say to what it is done."""

    start: int
    end: int
    tools: tuple[str, ...]
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as it was read; the words of a mention are one word, at the place that `mentions` gives."""

    sentence: Sentence
    words: tuple[str, ...]
    mentions: tuple[tuple[int, Mention], ...]
    matches: tuple[_Match, ...]
    kind: Kind


class _Reader:
    def __init__(self, wordings: Iterable[Wording], things: Iterable[Thing]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._takes: dict[str, frozenset[str]] = {}
        for wording in wordings:
            self._takes[wording.tool] = wording.takes
            for phrase in wording.says:
                words = tuple(root(word) for word in words_of(phrase) if word not in _DROPPED)
                if words:
                    self._phrases.setdefault(words[0], []).append((words, wording.tool))
        reserved = frozenset(word for phrases in self._phrases.values() for words, _ in phrases for word in words)
        self._names = Names(things, reserved)

    def read(self, message: str, before: str) -> Proposal:
        here = [self._sentence(sentence) for sentence in sentences_of(message)]
        requests = [place for place, read in enumerate(here) if _is_request(read.sentence)]
        kinds: list[Kind] = []
        for place in reversed(requests or range(len(here))):
            read = here[place]
            if read.kind == "change":
                return self._proposal(read, (), here, before)
            if read.kind == "nothing":
                return self._looked_back(here, place, before)
            kinds.append(read.kind)
        return Proposal("look" if "look" in kinds else "unknown") if kinds else NOTHING_STATED

    def _looked_back(self, here: list[_Read], place: int, before: str) -> Proposal:
        """What a request without an action is about: what was stated last."""
        request = here[place]
        for read in reversed(here[:place]):
            if read.kind == "change" and not _asks_for_facts(read.sentence):
                return self._proposal(read, request.mentions, here, before)
            if read.sentence.is_question and read.kind in ("look", "unknown") and _HEAD.search(_text(read.words)):
                return Proposal(read.kind)
        earlier = [self._sentence(sentence) for sentence in sentences_of(before)]
        for read in reversed(earlier):
            if read.kind == "change" and not _asks_for_facts(read.sentence):
                return self._proposal(read, request.mentions, [*earlier, *here], "")
        return NOTHING_STATED

    def _proposal(
        self, read: _Read, more: Sequence[tuple[int, Mention]], context: Sequence[_Read], before: str
    ) -> Proposal:
        """The calls that a sentence states, with the things that it names, or those that the context names if it is one."""
        if self._is_open(read):
            return Proposal("unknown")
        fallback = tuple(mention for _, mention in more)
        if not read.mentions and not fallback:
            fallback = _only(context)
            if not fallback and PRONOUNS.intersection(read.words):
                fallback = _only([self._sentence(sentence) for sentence in sentences_of(before)])
        actions: list[Stated] = []
        starts = [match.start for match in read.matches]
        for number, match in enumerate(read.matches):
            end = starts[number + 1] if number + 1 < len(starts) else len(read.words)
            own = tuple(mention for at, mention in read.mentions if match.start <= at < end)
            if not own and not number:  # "for the tent, shall I start the return"
                own = tuple(mention for at, mention in read.mentions if at < match.start)
            about = own or fallback
            actions += [Stated(tool, tuple(_narrowed(m, self._takes[tool]) for m in about)) for tool in match.tools]
        return Proposal("change", tuple(dict.fromkeys(actions)))

    def _is_open(self, read: _Read) -> bool:
        """Whether a sentence leaves open what is meant: it offers a choice, or names something that is not known here."""
        places = sorted([(match.start, "", match.tools) for match in read.matches])
        things = [(at, _THING, ()) for at, _ in read.mentions]
        for kind in (places, things):
            for (one, _, tools), (next_, _, others) in pairwise(kind):
                if "or" in read.words[one:next_] and (tools != others or not tools):
                    return True
        return bool(self._names) and any(_names_another(match.objects) for match in read.matches)

    def _sentence(self, sentence: Sentence) -> _Read:
        words, mentions = _marked(sentence.words, self._names.places(sentence.words))
        mentions = tuple(
            (at, mention) for at, mention in mentions if not _EXCLUDED.intersection(words[max(0, at - 3) : at])
        )
        text = _text(words)
        heads = [text.count(" ", 0, found.end()) + 1 for found in _HEAD.finditer(text)]
        matches = tuple(match for match in self._matches(words) if _is_proposed(words, match.start, heads))
        if matches and not _asks_for_facts(sentence):
            kind: Kind = "change"
        else:
            matches, kind = (), _other_kind(words, heads)
        return _Read(sentence, words, mentions, matches, kind)

    def _matches(self, words: Sequence[str]) -> Iterator[_Match]:
        """Where actions are named, the longest phrase at each place; not where they are denied, past, or part of another noun."""
        roots = [root(word) for word in words]
        at = 0
        while at < len(words):
            ends: dict[int, list[tuple[int, str]]] = {}
            for phrase, tool in self._phrases.get(roots[at], ()):
                if (end := _end_of(phrase, roots, at)) is not None:
                    ends.setdefault(len(phrase), []).append((end, tool))
            if not ends:
                at += 1
                continue
            longest = ends[max(ends)]
            end = min(end for end, _ in longest)
            if not _is_denied(words, at, end):
                tools = tuple(dict.fromkeys(tool for place, tool in longest if place == end))
                yield _Match(at, end, tools, _objects(words, at, end, max(ends)))
            at = end


def _text(words: Sequence[str]) -> str:
    return " ".join(words)


def _marked(words: tuple[str, ...], places: Sequence[Place]) -> tuple[tuple[str, ...], tuple[tuple[int, Mention], ...]]:
    """The words with one mark for each mention, and the mentions by the place of their marks."""
    out: list[str] = []
    mentions: list[tuple[int, Mention]] = []
    at = 0
    for place in places:
        out += words[at : place.start]
        mentions.append((len(out), place.mention))
        out.append(_THING)
        at = place.end
    return (*out, *words[at:]), tuple(mentions)


def _end_of(phrase: tuple[str, ...], roots: Sequence[str], at: int) -> int | None:
    """Where a phrase ends that begins here; None where it does not."""
    place = at
    for word in phrase[1:]:
        following = range(place + 1, min(place + 2 + _GAP, len(roots)))
        found = next((i for i in following if roots[i] == word or roots[i] in JOINERS), None)
        if found is None or roots[found] != word:
            return None
        place = found
    return place + 1


def _is_denied(words: Sequence[str], start: int, end: int) -> bool:
    """Whether an action is named that happened, must not happen or is only talked about, or another noun begins with its name."""
    near = list(words[max(0, start - REACH) : start])
    for joiner in range(len(near) - 1, -1, -1):
        if near[joiner] in (",", "but"):
            near = near[joiner + 1 :]
            break
    if any(word in DENIED or word.endswith("n't") for word in near):
        return True
    if words[start].endswith("ed") and near and near[-1] in ("i", "we"):
        return True
    return end < len(words) and words[end] in COMPOUNDS


def _is_proposed(words: Sequence[str], start: int, heads: Sequence[int]) -> bool:
    """Whether an action is what the words before it propose: nothing else is done to it ("delay the return")."""
    head = max((head for head in heads if head <= start), default=None)
    if head is None or (start and words[start - 1] in JOINERS):
        return True
    return all(word in FILLER or word == _THING or word.endswith("ly") for word in words[head:start])


def _other_kind(words: Sequence[str], heads: Sequence[int]) -> Kind:
    """What a sentence without a known action proposes."""
    if heads:
        rest = [
            w for w in words[heads[-1] :] if w not in FILLER and w != _THING and not w.endswith("ly") or w in LOOKING
        ]
        if rest:
            return "look" if rest[0] in LOOKING else "unknown"
        return "nothing"
    for at, word in enumerate(words):
        if root(word) in ("confirm", "verify"):
            return "unknown" if any(w not in FILLER and w != _THING for w in words[at + 1 :]) else "nothing"
    return "nothing"


def _objects(words: Sequence[str], start: int, end: int, length: int) -> tuple[str, ...]:
    """The words that say to what an action is done: those within its phrase and those after it, up to the end of the noun."""
    inside = [w for w in words[start + 1 : end - 1]] if length > 1 and end - start > length else []
    after = list(words[end : end + _GAP])
    while after and after[0] in ("for", "of", "on", "process", "request", "procedure"):
        after.pop(0)
    if not after or after[0] not in DETERMINERS:
        after = []
    stop = next((i for i, word in enumerate(after) if i and word in NOUN_ENDS and word != _THING), len(after))
    inside = [w for w in inside if w not in _DROPPED]
    return tuple(word for word in (*inside, *after[:stop]) if word not in DETERMINERS)


def _names_another(objects: Sequence[str]) -> bool:
    return bool(objects) and not any(w == _THING or w in GENERAL_NOUNS or w in PRONOUNS for w in objects)


def _is_request(sentence: Sentence) -> bool:
    return sentence.is_question or _ASKING.search(_text(sentence.words)) is not None


def _asks_for_facts(sentence: Sentence) -> bool:
    """Whether a sentence is a question that yes does not answer."""
    words = sentence.words
    suggests = any(words[: len(opening)] == opening for opening in SUGGESTING)
    return sentence.is_question and words[0] in QUESTION_WORDS and not suggests


def _narrowed(mention: Mention, takes: frozenset[str]) -> Mention:
    """Of the things that words may mean, those of a sort that the tool takes, where there are such."""
    if "line" in takes and "product" not in takes:
        lines = tuple(t for t in mention if t.line_id is not None and (t.order_id is not None) == ("order" in takes))
        return lines or mention
    return mention


def _only(context: Sequence[_Read]) -> tuple[Mention, ...]:
    """The one thing that these sentences mention; nothing where they mention several."""
    mentions = {m for read in context for _, m in read.mentions if not all(thing.is_order for thing in m)}
    return tuple(mentions) if len(mentions) == 1 else ()
