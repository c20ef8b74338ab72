"""What an agent's message says that the agent is about to do: which of the tools that change something, and to what."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rlve_dsl.caching import LONGEST_KEPT
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.actions import THING, Named, Wording, actions_of
from rlve_dsl.user.consent.requests import asks_whether_it_suits
from rlve_dsl.user.consent.sentences import (
    AGENT,
    AGREEING,
    AHEAD,
    DETERMINERS,
    FILLER,
    GENERAL_NOUNS,
    INTENDING,
    JOINERS,
    LOOKING,
    OPENERS,
    PRONOUNS,
    QUESTION_WORDS,
    REACH,
    SUGGESTING,
    Sentence,
    clauses_of,
    root,
    without_joiner,
)
from rlve_dsl.user.consent.telling import is_told_of
from rlve_dsl.user.consent.things import Mention, Names, Place, Thing

_KEPT = 256  # proposals
_FAR = 60  # words that are looked at on each side of an action, so that a long sentence takes linear time

Kind = Literal["change", "look", "unknown", "nothing"]
"""What a message proposes: a call that changes something, something that changes nothing, something that nobody here can do or
that is not clear, or nothing."""

_TO_CONFIRM = frozenset(("confirm", "verify"))
_OF_WHAT_IS = frozenset((("is", "there"), ("are", "there"), ("rather",), ("prefer",)))
_EXCLUDED = frozenset(("instead", "rather", "not", "without"))  # before what is not meant: "instead of the kettle"
# "shall I", "would you like me to", "go ahead and": what follows is the action
_HEAD = re.compile(
    r"\b(?:(?:shall|should|may|can|could|must|do) (?:i|we)|(?:like|want|need|prefer|wish|allow|permit|authori[sz]e|for) "
    r"(?:me|us)(?: to)?|if (?:i|we)|(?:ok|okay|fine|alright|right|good|happy|safe|ready|clear|free|permission|approval|consent|"
    r"agree|about|going|plan|planning|proceed|able|like|want|authori[sz]ation|confirmation) to|i will|i'll|we'll|i would|"
    r"i'd|i can|let me(?! know)|how about|(?:go|going) ahead (?:and|with)|(?:proceed|continue|go on|carry on|move forward|go through) with|"
    r"(?:permission|approval|consent) for|approve|authori[sz]e)(?= |$)"
)
_WHOLE_ORDER = re.compile(
    r"\b(?:whole|entire|complete|full) (?:order|purchase|lot|thing|delivery|shipment|parcel|package)s?\b|\bwhole of (?:the|that|this|your) order\b"
)
_EVERYTHING = re.compile(
    r"\b(?:everything|(?:all|each|every one) of (?:it|them|these|those|the|your)|all (?:the|your|these|those) (?:items|things|products|lines|"
    r"articles|orders)|all (?:items|products|lines)|every (?:item|product|line)|the lot|both)\b(?P<else> else)?"
)
_MAY_I_ASK = re.compile(r"(?:\S+ ){0,6}?(?:may|might|can|could) (?:i|we) (?:\S+ ){0,2}?ask (?!you to )")
_ASKING = re.compile(r"\b(?:let me know|tell me|please|confirm|say|reply|if (?:you|that|this|it)|unless|with your)\b")


@frozen
class Stated:
    """A call that a message states.

    Attributes:
        tool: The name of the tool.
        about: The things that it is said to be about; none means any.
        called: The words of the tool by which it is called, as its file has them.
        whole: Whether it is said to be about all things there are, such as a whole order.
    """

    tool: str
    about: tuple[Mention, ...] = ()
    called: tuple[str, ...] = field(default=(), compare=False)
    whole: bool = field(default=False, compare=False)


@frozen
class Proposal:
    """What a message says that the agent is about to do.

    Attributes:
        kind: What it proposes.
        actions: The calls that it states, where its kind is `change`.
        is_asked: Whether it plainly asks whether the agent should go ahead. Without it, that may depend on how else the
            message is understood.
        rest: The message without the sentences that propose and ask.
        said: These sentences; the one that names the action may be of the message before.
    """

    kind: Kind = "nothing"
    actions: tuple[Stated, ...] = ()
    is_asked: bool = field(default=False, compare=False)
    rest: str = field(default="", compare=False)
    said: tuple[str, ...] = field(default=(), compare=False)


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
    of = message, before, tuple(wordings), tuple(things)
    return _known(*of) if len(message) + len(before) <= LONGEST_KEPT else _read(*of)


def _read(message: str, before: str, wordings: tuple[Wording, ...], things: tuple[Thing, ...]) -> Proposal:
    return _Reader(wordings, things).read(message, before)


_known = lru_cache(maxsize=_KEPT)(_read)  # plays of one episode say the same, as long as they are alike


@frozen
class _Read:
    """A sentence as it was read; the words of a mention are one word, at the place that `mentions` gives.

    `matches` are the actions that it proposes or announces, `told` those of which it only tells.
    """

    sentence: Sentence
    words: tuple[str, ...]
    mentions: tuple[tuple[int, Mention], ...]
    matches: tuple[Named, ...]
    kind: Kind
    told: tuple[Named, ...] = ()


@frozen
class _Found:
    """What a message proposes, and the sentences that state it: those of the message, and those of the message before."""

    proposal: Proposal
    here: tuple[Sentence, ...] = ()
    before: tuple[Sentence, ...] = ()


class _Reader:
    def __init__(self, wordings: tuple[Wording, ...], things: Iterable[Thing]) -> None:
        self._actions = actions_of(wordings)
        self._names = Names(things, self._actions.reserved)

    def read(self, message: str, before: str) -> Proposal:
        here = [self._sentence(clause) for clause in clauses_of(message)]
        asking = [place for place, read in enumerate(here) if _is_request(read.sentence)]
        requests = [place for place in asking or range(len(here)) if not _asks_for_facts(here[place].sentence)]
        kinds = [here[place].kind for place in reversed(requests)]
        open_ = [place for place in reversed(requests) if here[place].kind in ("change", "nothing")]
        if not open_:
            return Proposal("look" if "look" in kinds else "unknown") if kinds else NOTHING_STATED
        # "shall I return it, and is it damaged?": what plainly asks for a go-ahead counts before what may be a question
        plain = (place for place in open_ if here[place].sentence.is_question and _asks_plainly(here[place]))
        place = next(plain, open_[0])
        found = self._found(here, place, before)
        return replace(
            found.proposal,
            is_asked=_asks_plainly(here[place]),
            rest=_without(message, found.here),
            said=(*_texts(before, found.before), *_texts(message, found.here)),
        )

    def _found(self, here: list[_Read], place: int, before: str) -> _Found:
        """What a request proposes, and where that is said."""
        read = here[place]
        clauses = [r for r in here if r.sentence.part_of == read.sentence.part_of and r is not read]
        bare = [r.sentence for r in clauses if r.kind == "nothing" and _asks_plainly(r)]
        if read.kind != "change":
            found = self._looked_back(here, place, before)
            return replace(found, here=(*found.here, *bare, read.sentence))
        also = [r for r in clauses if r.kind == "change" and _asks_plainly(r)]
        if not also:
            return _Found(self._proposal(read, (), here, before), (*bare, read.sentence))
        proposal, _ = self._together([read, *reversed(also)], read, here, before)
        return _Found(proposal, (*bare, *(r.sentence for r in also), read.sentence))

    def _looked_back(self, here: list[_Read], place: int, before: str) -> _Found:
        """What a request without an action is about: what was stated last, in the message or the one before."""
        request, stated = here[place], list[_Read]()
        for read in reversed(here[:place]):
            if read.kind == "change":
                stated.append(read)
            if read.sentence.is_question:
                if not stated and read.kind in ("look", "unknown") and _HEAD.search(_text(read.words)):
                    return _Found(Proposal(read.kind))
                if read.sentence.part_of != request.sentence.part_of:
                    break
        told = [read for read in reversed(here[:place]) if read.told]
        if stated or (told and _asks_to_act(request)):
            proposal, used = self._together(stated or _as_stated(told), request, here, before)
            return _Found(proposal, tuple(read.sentence for read in used))
        if begun := self._begun(here, place):
            return _Found(Proposal("change", _merged(begun)))
        earlier = [self._sentence(clause) for clause in clauses_of(before)]
        stated = [read for read in reversed(earlier) if read.kind == "change"]
        if not stated and _asks_to_act(request):
            stated = _as_stated([read for read in reversed(earlier) if read.told])
        proposal, used = self._together(stated, request, [*earlier, *here], "")
        return _Found(proposal, (), tuple(read.sentence for read in used))

    def _begun(self, here: list[_Read], place: int) -> list[Stated]:
        """What "do you want me to start it" is about after "what is the reason for the return, and"."""
        request = here[place]
        if not _heads(request.words) or PRONOUNS.isdisjoint(request.words) or not place:
            return []
        left = here[place - 1]
        if left.sentence.part_of != request.sentence.part_of:
            return []
        about = tuple(mention for _, mention in (*left.mentions, *request.mentions))
        nouns = self._actions.nouns_in(left.words)
        return [
            Stated(tool, tuple(_narrowed(m, self._actions.takes[tool]) for m in about), (noun.called,))
            for noun in nouns
            for tool in noun.tools
        ]

    def _together(
        self, stated: Sequence[_Read], request: _Read, context: Sequence[_Read], before: str
    ) -> tuple[Proposal, list[_Read]]:
        """What sentences state together, and those of them that do; the last one goes first."""
        # where the agent says what it will do, what it only tells about does not count
        stated = [read for read in stated if INTENDING.intersection(read.words)] or stated
        proposals = [self._proposal(read, request.mentions, context, before) for read in reversed(stated)]
        if any(proposal.kind != "change" for proposal in proposals):
            return Proposal("unknown"), []
        actions = _merged(action for proposal in proposals for action in proposal.actions)
        return (Proposal("change", actions), [*stated]) if actions else (NOTHING_STATED, [])

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
                fallback = _only([self._sentence(sentence) for sentence in clauses_of(before)])
        actions: list[Stated] = []
        starts = sorted({*(match.start for match in read.matches), *self._actions.begun_in(read.words)})
        places = [at for at, _ in read.mentions]
        for number, match in enumerate(read.matches):
            after = bisect_right(starts, match.start)
            end = starts[after] if after < len(starts) else len(read.words)
            own = tuple(m for _, m in read.mentions[bisect_left(places, match.start) : bisect_left(places, end)])
            if not own and not number:  # "for the tent, shall I start the return"
                own = tuple(mention for at, mention in read.mentions if at < match.start)
            about = own or fallback
            whole = _is_whole(read.words[match.start : min(end, match.start + _FAR)], bool(about))
            actions += [
                Stated(tool, tuple(_narrowed(m, self._actions.takes[tool]) for m in about), (match.called,), whole)
                for tool in match.tools
            ]
        return Proposal("change", _merged(actions))

    def _is_open(self, read: _Read) -> bool:
        """Whether a sentence leaves open what is meant: it offers a choice, or names something that is not known here."""
        places = sorted([(match.start, "", match.tools) for match in read.matches])
        things = [(at, THING, ()) for at, _ in read.mentions]
        for kind in (places, things):
            for (one, _, tools), (next_, _, others) in pairwise(kind):
                if "or" in read.words[one:next_] and (tools != others or not tools):
                    return True
        return bool(self._names) and any(_names_another(match.objects) for match in read.matches)

    def _corrected(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words, with slips in those of tools put right; the words of names are left alone."""
        return tuple(word if self._names.knows(word) else self._actions.corrected(word) for word in words)

    def _sentence(self, sentence: Sentence) -> _Read:
        sentence = replace(sentence, words=self._corrected(sentence.words))
        words, mentions = _marked(sentence.words, self._names.places(sentence.words))
        mentions = tuple(
            (at, mention) for at, mention in mentions if not _EXCLUDED.intersection(words[max(0, at - 3) : at])
        )
        heads = _heads(words)
        matches = tuple(match for match in self._actions.named_in(words) if _is_proposed(words, match, heads))
        told: tuple[Named, ...] = ()
        if matches and (_asks_for_facts(sentence) or _asks_whether_it_may_ask(sentence)):
            matches = ()
        elif matches:
            of = {match: _is_told_of(words, match, heads) for match in matches}
            told = tuple(match for match in matches if of[match])
            matches = tuple(match for match in matches if of[match] is False) or (told if _has_ahead(words) else ())
        kind: Kind = "change" if matches else _other_kind(words, heads)
        return _Read(sentence, words, mentions, matches, kind, told)


def _text(words: Sequence[str]) -> str:
    return " ".join(words)


def _heads(words: Sequence[str]) -> list[int]:
    """Where the words end after which an action is named, such as "shall I"."""
    text, heads, at = _text(words), list[int](), 0
    place = 0
    for found in _HEAD.finditer(text):
        place += text.count(" ", at, found.end())
        at = found.end()
        heads.append(place + 1)
    return heads


def _marked(words: tuple[str, ...], places: Sequence[Place]) -> tuple[tuple[str, ...], tuple[tuple[int, Mention], ...]]:
    """The words with one mark for each mention, and the mentions by the place of their marks."""
    out: list[str] = []
    mentions: list[tuple[int, Mention]] = []
    at = 0
    for place in places:
        out += words[at : place.start]
        mentions.append((len(out), place.mention))
        out.append(THING)
        at = place.end
    return (*out, *words[at:]), tuple(mentions)


def _is_told_of(words: Sequence[str], match: Named, heads: Sequence[int]) -> bool | None:
    """Whether a sentence only tells of an action: see `is_told_of`; not after "shall I" and the like."""
    return False if heads and heads[0] <= match.start else is_told_of(words, match.start, match.end)


def _has_ahead(words: Sequence[str]) -> bool:
    return not AHEAD.isdisjoint(words)


def _asks_to_act(request: _Read) -> bool:
    """Whether a request asks if the agent should act, and not only if something suits: "shall I go ahead", and not "OK?"."""
    return _has_ahead(request.words) or bool(_heads(request.words))


def _asks_plainly(read: _Read) -> bool:
    """Whether a request, beyond doubt, asks whether the agent should go ahead."""
    words, verbs = read.words, {match.start for match in read.matches}  # "does it go back" is no "go ahead"
    agrees = any(w in AGREEING for at, w in enumerate(words) if at not in verbs) or asks_whether_it_suits(words)
    if read.kind == "change":
        if "still" in words and "or" in words and words[-2:] != ("or", "not"):
            return False  # "do you still want to return it by mail or by courier"
        return agrees or (read.sentence.is_question and (_begins(read) or bool(_heads(words))))
    return agrees and all(word in FILLER or word in (THING, ",", "suit") for word in words)


def _begins(read: _Read) -> bool:
    """Whether a question begins with an action and what it is done to: "return the tent?", and not "refund or replacement?"."""
    match, words = read.matches[0], read.words
    start, follows = match.start, words[match.start + 1 : match.start + 2]
    is_done = match.end > start + 1 or (follows and (follows[0] == THING or follows[0] in DETERMINERS | PRONOUNS))
    return bool(is_done) and OPENERS.issuperset(words[:start]) and "or" not in words[start:]


def _merged(actions: Iterable[Stated]) -> tuple[Stated, ...]:
    """Calls without repeats: one that is stated twice, in two ways, is one call."""
    found: dict[Stated, Stated] = {}
    for action in actions:
        same = found.get(action, action)
        called = tuple(dict.fromkeys((*same.called, *action.called)))
        found[action] = replace(same, called=called, whole=same.whole or action.whole)
    return tuple(found.values())


def _is_whole(words: Sequence[str], names_things: bool) -> bool:
    """Whether the words of an action are about all there is: "return everything in that order".

    Args:
        words: The words from its name on.
        names_things: Whether they name things, or mean one that was named before; an order counts, too.
    """
    text = _text(words)
    if _WHOLE_ORDER.search(text) is not None:
        return True
    found = _EVERYTHING.search(text)
    return found is not None and (not names_things or found["else"] is not None or "order" in words)


def _as_stated(told: Iterable[_Read]) -> list[_Read]:
    """Sentences that only tell of an action, as if they stated it."""
    return [replace(read, matches=read.told, kind="change") for read in told]


def _texts(message: str, sentences: Iterable[Sentence]) -> Iterator[str]:
    return (message[sentence.start : sentence.end] for sentence in sentences)


def _without(message: str, sentences: Iterable[Sentence]) -> str:
    """The message without some of its sentences."""
    kept, at = list[str](), 0
    for sentence in sorted(sentences, key=lambda sentence: sentence.start):
        kept.append(message[at : sentence.start])
        at = max(at, sentence.end)
    return " ".join(without_joiner(part.strip()) for part in [*kept, message[at:]] if part.strip())


def _is_proposed(words: Sequence[str], match: Named, heads: Sequence[int]) -> bool:
    """Whether an action is what the words before it propose: nothing else is done to it ("delay the return")."""
    start = match.start
    near = list(words[max(0, start - REACH) : start])
    if "before" in near:  # "please confirm before I start the return", and not "your address before I start"
        first = start - len(near) + near.index("before")
        rest = (*words[max(0, first - _FAR) : first], *words[match.end : match.end + _FAR])
        return _other_kind(rest, _heads(rest)) == "nothing"
    for at in range(start - 1, max(0, start - _FAR) - 1, -1):  # "can you tell me why you want to return it"
        if words[at] in JOINERS:
            break
        if words[at] in LOOKING and tuple(words[at - 1 : at + 2]) != ("me", "know", "if"):
            return False
    if _asks_whether_something_is_ready(words, start):
        return False
    before = bisect_right(heads, start)
    head = heads[before - 1] if before and start - heads[before - 1] <= _FAR else None
    if head is None:  # "please confirm the return", and not "can you confirm that you have the box for the return"
        head = next(
            (at + 1 for at in range(start - 1, max(-1, start - _FAR - 1), -1) if words[at] in _TO_CONFIRM), None
        )
    if head is None or (head not in heads and not JOINERS.isdisjoint(words[head:start])):
        return True
    if start and words[start - 1] in JOINERS:
        return True
    return all(word in FILLER or word == THING or word.endswith("ly") for word in words[head:start])


def _asks_whether_something_is_ready(words: Sequence[str], start: int) -> bool:
    """Whether it is asked if a thing is ready for an action: "is the tent ready to go back", and not "are you ready for me to"."""
    before = words[: min(start, _FAR)]
    return words[0] in ("is", "are") and "ready" in before and AGENT.isdisjoint(before) and "you" not in before


def _first(words: Sequence[str]) -> str:
    """The first word that may name an action; empty when there is none."""
    return next(
        (w for w in words if w in LOOKING or not (w in FILLER or w == THING or w.endswith("ly"))),
        "",
    )


def _other_kind(words: Sequence[str], heads: Sequence[int]) -> Kind:
    """What a sentence without a known action proposes."""
    named, end = list[str](), len(words)  # what each head names, the last head first
    for head in reversed(heads):
        named.append(_first(words[head:end]) or (named[-1] if named else ""))
        end = head
    if any(word in LOOKING for word in named):
        return "look"
    if heads:
        return "unknown" if named[0] else "nothing"
    for at, word in enumerate(words):
        if root(word) in ("confirm", "verify"):
            return "unknown" if any(w not in FILLER and w != THING for w in words[at + 1 :]) else "nothing"
    return "nothing"


def _names_another(objects: Sequence[str]) -> bool:
    return bool(objects) and not any(w == THING or w in GENERAL_NOUNS or w in PRONOUNS for w in objects)


def _is_request(sentence: Sentence) -> bool:
    return sentence.is_question or _ASKING.search(_text(sentence.words)) is not None


def _asks_for_facts(sentence: Sentence) -> bool:
    """Whether a sentence is a question that yes does not answer."""
    words = sentence.words
    if not sentence.is_question or any(words[: len(opening)] == opening for opening in SUGGESTING):
        return False
    if words[:2] in _OF_WHAT_IS or (words[:2] == ("would", "you") and words[2:3] in _OF_WHAT_IS):
        return words[3:4] not in (("me",), ("us",))  # "would you prefer me to"
    head = next(iter(_heads(words)), len(words))
    for at, word in enumerate(words[:head]):
        begins = at == 0 or words[at - 1] == "," or (at <= 2 and words[at - 1] not in LOOKING)
        if word in QUESTION_WORDS and begins:  # "and in which colour should I add it"
            return True
    return False


def _asks_whether_it_may_ask(sentence: Sentence) -> bool:
    """Whether a sentence begins like "sure, may I also ask you why": what follows is asked for, and not proposed."""
    return _MAY_I_ASK.match(_text(sentence.words[:_FAR])) is not None


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
