"""What an agent's message says that the agent is about to do: which of the tools that change something, and to what."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import pairwise

from rlve_dsl.caching import LONGEST_KEPT
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.actions import Wording, actions_of
from rlve_dsl.user.consent.checking import is_check_of_what_was_said, is_tag
from rlve_dsl.user.consent.exchanging import leaves_out, with_exchanges
from rlve_dsl.user.consent.meant import Context, narrowed, not_sent
from rlve_dsl.user.consent.read_sentences import (
    ReadSentence,
    SentenceReader,
    asks_plainly,
    asks_to_act,
    heads_of,
    names_another,
)
from rlve_dsl.user.consent.sentences import (
    FAR,
    INTENDING,
    PRONOUNS,
    QUESTION_WORDS,
    SPEAKER,
    THING,
    Sentence,
    without_joiner,
    word_set,
)
from rlve_dsl.user.consent.stated import NOTHING_STATED, Proposal, Stated, merged
from rlve_dsl.user.consent.things import Mention, Names, Thing
from rlve_dsl.user.consent.whole import is_whole

_KEPT = 256  # proposals
_SEVERAL = word_set("these those them both all everything")

_ASKING = re.compile(r"\b(?:let me know|tell me|please|confirm|say|reply|if (?:you|that|this|it)|unless|with your)\b")
_OR_NOTHING = re.compile(
    r"\bor (?:(?:just|rather|instead|should i|shall i|should we|shall we) )*(?:leave|keep|do nothing|forget)\b|\b(?:leave|keep) (?:[^ ,]+ ){1,6}or\b"
    r"|\bor (?:just|only)(?= (?:the|a|an|one|your|this|that|these|those|some|part|\0))"  # "the whole order, or just the kettle"
)
_OTHER_WAY = re.compile(
    r"(?<=\w)(?<!\byes)(?<!\bmore)(?<!\bone)(?<!\bok)(?<!\bokay),?\s{1,8}or\b(?! (?:not|more|less|so)\b)", re.IGNORECASE
)


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
    return _Reader(wordings, things, before).read(message)


_known = lru_cache(maxsize=_KEPT)(_read)  # plays of one episode say the same, as long as they are alike


@frozen
class _Found:
    """What a message proposes, and the sentences that state it: those of the message, and those of the message before."""

    proposal: Proposal
    here: tuple[Sentence, ...] = ()
    before: tuple[Sentence, ...] = ()


class _Reader:
    def __init__(self, wordings: tuple[Wording, ...], things: Iterable[Thing], before: str) -> None:
        self._before = before
        self._actions = actions_of(wordings)
        self._sentences = SentenceReader(self._actions, Names(things, self._actions.reserved))

    @cached_property
    def _earlier(self) -> list[ReadSentence]:
        """The clauses of the message before."""
        return self._sentences.read_all(self._before)

    @cached_property
    def _around_earlier(self) -> Context:
        return Context(self._earlier)

    def read(self, message: str) -> Proposal:
        here = self._sentences.read_all(message, self._before)
        more = (read.sentence for read in here if read.asks_for_more)
        return replace(self._read(here, message), more=tuple(message[s.start : s.end] for s in more))

    def _read(self, here: list[ReadSentence], message: str) -> Proposal:
        asking = [place for place, read in enumerate(here) if _is_request(read.sentence)]
        requests = [place for place in asking or range(len(here)) if not here[place].asks]
        kinds = [here[place].kind for place in reversed(requests)]
        open_ = [place for place in reversed(requests) if here[place].kind in ("change", "nothing")]
        if not open_:
            return Proposal("look" if "look" in kinds else "unknown") if kinds else NOTHING_STATED
        # "shall I return it, and is it damaged?": what plainly asks for a go-ahead counts before what may be a question
        plain = (place for place in open_ if here[place].sentence.is_question and asks_plainly(here[place]))
        place = next(plain, open_[0])
        found = self._found(here, place)
        if found.proposal.kind == "nothing" and here[place].check:
            return NOTHING_STATED  # "You want two trackers, right?"
        if not found.proposal.check and leaves_out(
            self._actions, found.proposal.actions, _proposing(here, place, found)
        ):
            return Proposal("unknown")
        return replace(
            found.proposal,
            is_asked=asks_plainly(here[place]) or bool(found.proposal.check),
            rest=_without(message, found.here),
            said=(*_texts(self._before, found.before), *_texts(message, found.here)),
            named=tuple(dict.fromkeys(m[0] for read in here for _, m in read.mentions if len(m) == 1)),
        )

    def _found(self, here: list[ReadSentence], place: int) -> _Found:
        """What a request proposes, and where that is said."""
        read = here[place]
        clauses = [r for r in here if r.sentence.part_of == read.sentence.part_of and r is not read]
        bare = [r.sentence for r in clauses if r.kind == "nothing" and asks_plainly(r)]
        found = self._looked_back(here, place) if read.kind != "change" or read.points_back else None
        tools = {tool for match in read.matches for tool in match.tools}
        if found is not None and (not tools or any(action.tool in tools for action in found.proposal.actions)):
            return replace(found, here=(*found.here, *bare, read.sentence))
        also = [r for r in clauses if r.kind == "change" and asks_plainly(r)]
        if not also:
            of_others = (r for r in here[:place] if r.sentence.part_of != read.sentence.part_of)
            says = [*clauses, *(r for r in of_others if not r.sentence.is_question)]
            proposal, sending = self._with_sent(self._proposal(read, (), Context(here)), (), says)
            check = read.check if read.sentence.is_question and proposal.kind == "change" else ""
            said = [r.sentence for r in (*sending, *(_saying(tools, here[:place]) if read.points_back else ()))]
            return _Found(replace(proposal, check=check), (*bare, *said, read.sentence))
        proposal, _ = self._together([read, *reversed(also)], read, Context(here))
        return _Found(proposal, (*bare, *(r.sentence for r in also), read.sentence))

    def _looked_back(self, here: list[ReadSentence], place: int) -> _Found:
        """What a request without an action is about: what was stated last, in the message or the one before."""
        request, stated = here[place], list[ReadSentence]()
        only_checks = is_tag(request.words)
        for read in reversed(here[:place]):
            if read.kind == "change" and (only_checks or read.check != "unwanted"):
                stated.append(read)
            if read.sentence.is_question and not _only_asks(read):
                is_near = read.sentence.part_of == request.sentence.part_of
                if is_near and read.kind == "unknown" and QUESTION_WORDS.isdisjoint(read.words):
                    continue  # "would you like to change anything, or shall I go ahead"
                if not stated and read.kind in ("look", "unknown") and heads_of(read.words):
                    return _Found(Proposal(read.kind))
                if not is_near:
                    break
        told = [read for read in reversed(here[:place]) if read.told]
        if stated or (told and asks_to_act(request)):
            proposal, used = self._together(stated or _as_stated(told), request, Context(here))
            said = [read for read in here[:place] if not read.sentence.is_question]
            proposal, used = self._with_sent(proposal, used, (*said, request))
            check = used[-1].check if only_checks and used else ""
            if (
                not check
                and is_check_of_what_was_said(request.words)
                and all(SPEAKER.isdisjoint(r.words) for r in used)
            ):
                check = "wanted"  # "You'd send it back by mail. Is that correct?"
            return _Found(replace(proposal, check=check), tuple(read.sentence for read in used))
        if place and here[place - 1].waits and not asks_to_act(request):
            return _Found(Proposal("look"))  # "I will not start yet. Is that OK?"
        if begun := self._begun(here, place):
            return _Found(Proposal("change", merged(begun)))
        points = [read for read in map(self._as_point, here[:place]) if read.matches]
        if points and asks_to_act(request):
            last = {match.tools: read for read in points for match in read.matches}
            proposal, used = self._together([*reversed(last.values())], request, Context(here))
            proposal, used = self._with_sent(proposal, used, here[:place])
            return _Found(proposal, tuple(read.sentence for read in used))
        earlier = self._earlier
        stated = [read for read in reversed(earlier) if read.kind == "change"]
        if not stated and asks_to_act(request):
            stated = _as_stated([read for read in reversed(earlier) if read.told])
        proposal, used = self._together(stated, request, Context([*earlier, *here]))
        proposal, used = self._with_sent(proposal, used, [read for read in earlier if not read.sentence.is_question])
        if not used and any(read.kind == "look" for read in here[:place]):
            return _Found(Proposal("look"))  # "I'll look for tents. Is that OK?"
        return _Found(proposal, (), tuple(read.sentence for read in used))

    def _with_sent(
        self, proposal: Proposal, used: Sequence[ReadSentence], context: Iterable[ReadSentence]
    ) -> tuple[Proposal, list[ReadSentence]]:
        """A proposal with what sentences beside it say is sent in place of what goes back: "I'd then send you the kettle."."""
        own = set(map(id, used))
        sending = [read for read in context if read.sent and not read.matches and id(read) not in own]
        actions = with_exchanges(self._actions, proposal.actions, sending)
        return replace(proposal, actions=merged(actions)), [*sending, *used]

    def _as_point(self, read: ReadSentence) -> ReadSentence:
        """A point of a list, as if it stated the action that it names in any way: "- Return method: mail" under what is to be done."""
        named = self._actions.any_in(read.words) if read.sentence.is_listed else ()
        return replace(read, matches=tuple(named), kind="change")

    def _begun(self, here: list[ReadSentence], place: int) -> list[Stated]:
        """What "do you want me to start it" is about after "what is the reason for the return, and"."""
        request = here[place]
        if not heads_of(request.words) or PRONOUNS.isdisjoint(request.words) or not place:
            return []
        left = here[place - 1]
        if left.sentence.part_of != request.sentence.part_of:
            return []
        about = tuple(mention for _, mention in (*left.mentions, *request.mentions))
        nouns = self._actions.nouns_in(left.words)
        return [
            Stated(tool, tuple(narrowed(m, self._actions.takes[tool]) for m in about), (noun.called,))
            for noun in nouns
            for tool in noun.tools
        ]

    def _together(
        self, stated: Sequence[ReadSentence], request: ReadSentence, context: Context
    ) -> tuple[Proposal, list[ReadSentence]]:
        """What sentences state together, and those of them that do; the last one goes first."""
        # where the agent says what it will do, what it only tells about does not count
        stated = [read for read in stated if INTENDING.intersection(read.words)] or stated
        proposals = [self._proposal(read, not_sent(request), context) for read in reversed(stated)]
        if any(proposal.kind != "change" for proposal in proposals):
            return Proposal("unknown"), []
        actions = merged(action for proposal in proposals for action in proposal.actions)
        if not actions:
            return NOTHING_STATED, []
        misnamed = (*request.misnamed, *(thing for proposal in proposals for thing in proposal.misnamed))
        return Proposal("change", actions, misnamed=misnamed), [*stated]

    def _proposal(self, read: ReadSentence, more: Sequence[tuple[int, Mention]], context: Context) -> Proposal:
        """The calls that a sentence states, with the things that it names, or those that the context names if it is one."""
        if self._is_open(read):
            return Proposal("unknown")
        fallback, misnamed = tuple(mention for _, mention in more), read.misnamed
        if not read.mentions and not fallback:
            means_all = read.sentence.is_listed or not _SEVERAL.isdisjoint(read.words)
            fallback = context.only_one or (context.listed if means_all else ())
            if not fallback and PRONOUNS.intersection(read.sentence.words):
                context = self._around_earlier
                fallback = context.only_one
            misnamed = context.misnamed if fallback else ()
        actions: list[Stated] = []
        begun = {*self._actions.begun_in(read.words), *(send.start for send in read.sent)}
        starts = sorted({match.start for match in read.matches} | begun)
        places = [at for at, _ in read.mentions]
        for number, match in enumerate(read.matches):
            after = bisect_right(starts, match.start)
            end = starts[after] if after < len(starts) else len(read.words)
            own = tuple(m for _, m in read.mentions[bisect_left(places, match.start) : bisect_left(places, end)])
            if not own and not number:  # "for the tent, shall I start the return"
                own = tuple(mention for at, mention in not_sent(read) if at < match.start)
            about = own or fallback
            whole = is_whole(read.words[match.start : min(end, match.start + FAR)], bool(about))
            actions += [
                Stated(tool, tuple(narrowed(m, self._actions.takes[tool]) for m in about), (match.called,), whole)
                for tool in match.tools
            ]
        actions += [
            replace(action, tool=tool, called=(given.called,))
            for given in self._actions.given_in(read.words)
            for tool in given.tools
            for action in actions[:1]
        ]
        return Proposal("change", merged(with_exchanges(self._actions, actions, (read,))), misnamed=misnamed)

    def _is_open(self, read: ReadSentence) -> bool:
        """Whether a sentence leaves open what is meant: it offers a choice, or names something that is not known here."""
        places = sorted([(match.start, "", match.tools) for match in read.matches])
        things = [(at, THING, ()) for at, _ in read.mentions]
        for kind in (places, things):
            for (one, _, tools), (next_, _, others) in pairwise(kind):
                if "or" in read.words[one:next_] and (tools != others or not tools):
                    return True
        if read.sentence.is_question and _OR_NOTHING.search(_text(read.words[:FAR])) is not None:
            return True
        if not self._sentences.names:
            return False
        return self._sentences.names.unknown_one(read.words) or any(
            names_another(match.objects) for match in read.matches
        )


def _text(words: Sequence[str]) -> str:
    return " ".join(words)


def _saying(tools: Collection[str], context: Iterable[ReadSentence]) -> Iterator[ReadSentence]:
    """The statements that name an action of one of some tools."""
    for read in context:
        if not read.sentence.is_question and any(tool in tools for match in read.matches for tool in match.tools):
            yield read


def _as_stated(told: Iterable[ReadSentence]) -> list[ReadSentence]:
    """Sentences that only tell of an action, as if they stated it."""
    return [replace(read, matches=read.told, kind="change") for read in told]


def _texts(message: str, sentences: Iterable[Sentence]) -> Iterator[str]:
    """What sentences say; of a question with two ways the first one: "shall I send it by mail or by courier"."""
    for sentence in sentences:
        text = message[sentence.start : sentence.end]
        other = _OTHER_WAY.search(text) if sentence.is_question else None
        yield text if other is None else text[: other.start()]


def _without(message: str, sentences: Iterable[Sentence]) -> str:
    """The message without some of its sentences."""
    kept, at = list[str](), 0
    for sentence in sorted(sentences, key=lambda sentence: sentence.start):
        kept.append(message[at : sentence.start])
        at = max(at, sentence.end)
    return " ".join(without_joiner(part.strip()) for part in [*kept, message[at:]] if part.strip())


def _proposing(here: Sequence[ReadSentence], place: int, found: _Found) -> Iterator[ReadSentence]:
    """The sentences of a message that say what the speaker does: the request, those that it is about, and others beside them."""
    own = frozenset(found.here)
    for read in here:
        says = not read.sentence.is_question and (read.sentence.is_listed or not INTENDING.isdisjoint(read.words))
        if read is here[place] or read.sentence in own or (says and not read.asks and not read.check):
            yield read


def _is_request(sentence: Sentence) -> bool:
    return sentence.is_question or _ASKING.search(_text(sentence.words)) is not None


def _only_asks(read: ReadSentence) -> bool:
    """Whether a question only asks if what was said is so: "The tent is to go back. Right?"."""
    return read.kind == "nothing" and not read.mentions and is_tag(read.words)
