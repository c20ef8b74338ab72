"""What one sentence of an agent proposes, or plainly asks.

Belongs here: the sentence by itself, with the actions and the things that it names. Does not belong here: what sentences propose
together, what is done to what.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.actions import Actions, Named
from rlve_dsl.user.consent.asking_for_more import SIGNS, asks_for_more
from rlve_dsl.user.consent.checking import Check, check_in
from rlve_dsl.user.consent.conditions import on_an_obstacle
from rlve_dsl.user.consent.requests import asks_whether_it_is_clear, asks_whether_it_suits
from rlve_dsl.user.consent.sending import Sent
from rlve_dsl.user.consent.sentences import (
    AGENT,
    AGREEING,
    AHEAD,
    DETERMINERS,
    FAR,
    FILLER,
    GENERAL_NOUNS,
    JOINERS,
    LOOKING,
    OPENERS,
    PRONOUNS,
    QUESTION_WORDS,
    REACH,
    SUGGESTING,
    THING,
    TO_CONFIRM,
    Sentence,
    clauses_of,
    is_among,
    root,
    words_of,
)
from rlve_dsl.user.consent.telling import is_held_off, is_told_of
from rlve_dsl.user.consent.things import Mention, Names, Place

Kind = Literal["change", "look", "unknown", "nothing"]
"""What a message proposes: a call that changes something, something that changes nothing, something that nobody here can do or
that is not clear, or nothing."""

_SAY_THE_WORD = ("say", "the", "word")
_SAY_YES = re.compile(r"\b(?:reply|answer|type|respond|write|say) (?:with )?(?:an? )?(?:yes|ok|okay|y)(?= |$)")
_BEFORE_WHAT_IS_ASKED = frozenset(("say", "me", "us", "know", "explain"))
_OF_WHAT_IS = frozenset((("is", "there"), ("are", "there"), ("rather",), ("prefer",)))
_EXCLUDED = frozenset(("instead", "rather", "not", "without"))  # before what is not meant: "instead of the kettle"
_LISTENER = frozenset(("you", "you're", "you'd", "you've", "you'll"))
_TELLING = frozenset(
    ("tell", "know", "say", "share", "explain", "remind", "specify", "describe", "mention", "need", "ask")
)
_KNOWING = frozenset(("you", "you've", "already"))
_NEAR = 3  # words before a thing in which such a word counts
# "shall I", "would you like me to", "go ahead and": what follows is the action
_HEAD = re.compile(
    r"\b(?:(?:shall|should|may|can|could|must|do) (?:i|we)|(?:like|want|need|prefer|wish|allow|permit|authori[sz]e|for) "
    r"(?:me|us)(?: to)?|if (?:i|we)|(?:ok|okay|fine|alright|right|good|happy|safe|ready|clear|free|permission|approval|consent|"
    r"agree|about|going|plan|planning|proceed|able|like|want|authori[sz]ation|confirmation) to|"
    r"(?:ok|okay|fine|happy|good|comfortable) with (?:me|us)|have (?:me|us)|i will|i'll|we'll|i would|"
    r"i'd|i can|let me(?! know)|how about|(?:go|going) ahead (?:and|with)|(?:proceed|continue|go on|carry on|move forward|go through) with|"
    r"(?:permission|approval|consent) for|approve|authori[sz]e)(?= |$)"
)
_MAY_I_ASK = re.compile(r"(?:\S+ ){0,6}?(?:may|might|can|could) (?:i|we) (?:\S+ ){0,2}?ask (?!you to )")


@frozen
class ReadSentence:
    """A sentence as it was read; the words of a mention are one word, at the place that `mentions` gives.

    `matches` are the actions that it proposes or announces, `told` those of which it only tells. `check` is what it says that the
    listener wants, `waits` whether it says that the speaker does not act (yet), `misnamed` the things that it names with a value
    that they do not have, `sent` what it says that the listener is sent, `asks` whether it is a question that yes does not answer,
    and `asks_for_more` whether that is a question if there is more that the listener wants. `points_back` says that "it" in it is what
    was spoken of before.
    """

    sentence: Sentence
    words: tuple[str, ...]
    mentions: tuple[tuple[int, Mention], ...]
    matches: tuple[Named, ...]
    kind: Kind
    told: tuple[Named, ...] = ()
    check: Check = ""
    waits: bool = False
    misnamed: Mention = ()
    sent: tuple[Sent, ...] = ()
    asks: bool = False
    asks_for_more: bool = False
    points_back: bool = False


class SentenceReader:
    """Reads sentences by the tools that change something and the things that may be named.

    Args:
        actions: What finds the actions of the tools.
        names: What finds the things.
    """

    def __init__(self, actions: Actions, names: Names) -> None:
        self._actions, self.names = actions, names

    def read_all(self, text: str, before: str = "") -> list[ReadSentence]:
        """The clauses of a text, read, where "it" may mean what was spoken of before, also in another text."""
        found, spoken_of = list[ReadSentence](), set(self._actions.nouns_among(words_of(before)))
        for clause in clauses_of(text):
            found.append(self.read(clause, spoken_of))
            spoken_of.update(self._actions.nouns_among(clause.words))
        return found

    def read(self, sentence: Sentence, spoken_of: Collection[str] = ()) -> ReadSentence:
        """A sentence, read, where "it" may mean what was spoken of."""
        sentence = replace(sentence, words=self._corrected(sentence.words))
        places = self.names.places(sentence.words)
        marked, mentions = _marked(sentence.words, places)
        words = self._actions.with_nouns(marked, spoken_of)
        mentions = tuple(
            (at, mention) for at, mention in mentions if not is_among(words[max(0, at - _NEAR) : at + 1], _EXCLUDED)
        )
        heads = heads_of(words)
        check = check_in(words)
        matches = tuple(match for match in self._actions.named_in(words) if _is_proposed(words, match, heads))
        if not check:
            matches = tuple(match for match in matches if not _is_what_the_listener_does(words, match.start))
        told: tuple[Named, ...] = ()
        if self._asks_for_more(sentence, words, mentions):
            return ReadSentence(sentence, words, mentions, (), "nothing", asks=True, asks_for_more=True)
        asks = asks_for_facts(sentence)
        if later := on_an_obstacle(words, [match.start for match in matches]):
            matches = tuple(match for match in matches if match.start not in later)
            if not matches:
                return ReadSentence(sentence, words, mentions, (), "nothing", asks=True)
        if matches and (asks or _asks_whether_it_may_ask(sentence)):
            matches = ()
        elif matches:
            of = {match: _is_told_of(words, match, heads) for match in matches}
            told = tuple(match for match in matches if of[match])
            matches = tuple(match for match in matches if of[match] is False) or (told if _has_ahead(words) else ())
        if check == "unwanted":
            matches = tuple(self._actions.any_in(words))
        denied = () if matches or told else tuple(self._actions.any_in(words))
        waits = not matches and is_held_off(words, names_action=bool(denied))
        if not matches and not asks:
            told += tuple(self._actions.priced_in(words)) + (denied if waits and "yet" in words else ())
            matches = told if told and not denied and _has_ahead(words) else ()
        kind: Kind = "change" if matches else "look" if waits else _other_kind(words, heads)
        misnamed = tuple(thing for place in places if place.is_misnamed for thing in place.mention)
        sent = () if check or asks else tuple(self._actions.sent_in(words))
        of_all = sentence, words, mentions, matches, kind, told, check, waits, misnamed, sent, asks
        return ReadSentence(*of_all, points_back=words != marked)

    def _asks_for_more(
        self, sentence: Sentence, words: tuple[str, ...], mentions: Sequence[tuple[int, Mention]]
    ) -> bool:
        if SIGNS.isdisjoint(words):
            return False
        actions = [match.start for match in self._actions.any_in(words)]
        return asks_for_more(words, actions, [at for at, _ in mentions], is_question=sentence.is_question)

    def _corrected(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words, with slips in those of tools put right; the words of names are left alone."""
        return tuple(word if self.names.knows(word) else self._actions.corrected(word) for word in words)


def heads_of(words: Sequence[str]) -> list[int]:
    """Where the words end after which an action is named, such as "shall I"."""
    text, heads, at = " ".join(words), list[int](), 0
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


def asks_to_act(request: ReadSentence) -> bool:
    """Whether a request asks if the agent should act, and not only if something suits: "shall I go ahead", and not "OK?"."""
    return _has_ahead(request.words) or bool(heads_of(request.words))


def asks_plainly(read: ReadSentence) -> bool:
    """Whether a request, beyond doubt, asks whether the agent should go ahead."""
    words, verbs = read.words, {match.start for match in read.matches}  # "does it go back" is no "go ahead"
    agrees = any(w in AGREEING for at, w in enumerate(words) if at not in verbs) or asks_whether_it_suits(words)
    if words[-3:] == _SAY_THE_WORD and all(word in FILLER or word == "," for word in words[:-3]):
        return True
    if read.kind == "change":
        if "still" in words and "or" in words and words[-2:] != ("or", "not"):
            return False  # "do you still want to return it by mail or by courier"
        return agrees or (read.sentence.is_question and (_begins(read) or bool(heads_of(words))))
    words = (*_SAY_YES.sub("yes", " ".join(words[:FAR])).split(), *words[FAR:])  # "reply yes to proceed"
    return agrees and all(word in FILLER or word in (THING, ",", "suit") for word in words)


def _begins(read: ReadSentence) -> bool:
    """Whether a question begins with an action and what it is done to: "return the tent?", and not "refund or replacement?"."""
    match, words = read.matches[0], read.words
    start, follows = match.start, words[match.start + 1 : match.start + 2]
    is_done = match.end > start + 1 or (follows and (follows[0] == THING or follows[0] in DETERMINERS | PRONOUNS))
    return bool(is_done) and OPENERS.issuperset(words[:start]) and "or" not in words[start:]


def _is_proposed(words: Sequence[str], match: Named, heads: Sequence[int]) -> bool:
    """Whether an action is what the words before it propose: nothing else is done to it ("delay the return")."""
    start = match.start
    near = list(words[max(0, start - REACH) : start])
    if "before" in near:  # "please confirm before I start the return", and not "your address before I start"
        first = start - len(near) + near.index("before")
        rest = (*words[max(0, first - FAR) : first], *words[match.end : match.end + FAR])
        if not QUESTION_WORDS.isdisjoint(rest):  # "before I start, can you tell me how you'd like to send it"
            return False
        return _other_kind(rest, heads_of(rest)) == "nothing"
    for at in range(start - 1, max(0, start - FAR) - 1, -1):  # "can you tell me why you want to return it"
        if words[at] in JOINERS:
            break
        if words[at] in QUESTION_WORDS and words[at - 1] in _BEFORE_WHAT_IS_ASKED:
            return False  # "could you say which way it goes back"
        if words[at] in LOOKING and tuple(words[at - 1 : at + 2]) != ("me", "know", "if"):
            return False
    if _asks_whether_something_is_ready(words, start) or _is_to_be_told(words, start, heads):
        return False
    before = bisect_right(heads, start)
    head = heads[before - 1] if before and start - heads[before - 1] <= FAR else None
    if head is None:  # "please confirm the return", and not "can you confirm that you have the box for the return"
        head = next((at + 1 for at in range(start - 1, max(-1, start - FAR - 1), -1) if words[at] in TO_CONFIRM), None)
    if head is None or (head not in heads and not JOINERS.isdisjoint(words[head:start])):
        return True
    if start and words[start - 1] in JOINERS:
        return True
    return all(word in FILLER or word == THING or word.endswith("ly") for word in words[head:start])


def _is_to_be_told(words: Sequence[str], start: int, heads: Sequence[int]) -> bool:
    """Whether an action is in a part of what the listener is to tell: "tell me the reason and the way you'd like to send it back"."""
    first = max(0, start - FAR)
    begins = next((at + 1 for at in range(start - 1, first - 1, -1) if words[at] in JOINERS), first)
    if not any(_is_to_tell(words, at) for at in range(max(0, begins - FAR), begins)):
        return False
    clause = words[begins:start]
    if not QUESTION_WORDS.isdisjoint(clause):
        return clause[0] not in AGENT  # "and I'll see which one I return"
    is_theirs = not _LISTENER.isdisjoint(clause) and not _is_the_speakers(clause)
    return is_theirs and (clause[0] in DETERMINERS or bisect_right(heads, start) == bisect_left(heads, begins))


def _is_to_tell(words: Sequence[str], at: int) -> bool:
    """Whether the listener is to tell something: "let me know", and not "just so you know"."""
    is_theirs = words[at] in ("know", "need") and words[max(0, at - 1)] in _KNOWING
    return words[at] in _TELLING and not is_theirs


def _is_the_speakers(clause: Sequence[str]) -> bool:
    return not (AGENT - _LISTENER - {"me", "us"}).isdisjoint(clause)


def _is_what_the_listener_does(words: Sequence[str], start: int) -> bool:
    """Whether an action is what the listener does, where something else is to be confirmed: "confirm that the tent you return is clean"."""
    before = words[max(0, start - _NEAR - 1) : start]
    is_theirs = not _LISTENER.isdisjoint(before) and AGENT.isdisjoint(set(before) - _LISTENER)
    return is_theirs and any(word in TO_CONFIRM for word in words[max(0, start - FAR) : start])


def _asks_whether_something_is_ready(words: Sequence[str], start: int) -> bool:
    """Whether it is asked if a thing is ready for an action: "is the tent ready to go back", and not "are you ready for me to"."""
    before = words[: min(start, FAR)]
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


def names_another(objects: Sequence[str]) -> bool:
    """Whether the words after an action name something that is not known here."""
    return bool(objects) and not any(w == THING or w in GENERAL_NOUNS or w in PRONOUNS for w in objects)


def asks_for_facts(sentence: Sentence) -> bool:
    """Whether a sentence is a question that yes does not answer."""
    words = sentence.words
    if not sentence.is_question or any(words[: len(opening)] == opening for opening in SUGGESTING):
        return False
    if words[:2] in _OF_WHAT_IS or (words[:2] == ("would", "you") and words[2:3] in _OF_WHAT_IS):
        return words[3:4] not in (("me",), ("us",))  # "would you prefer me to"
    heads = heads_of(words)
    if not heads and asks_whether_it_is_clear(words):
        return True
    head = next(iter(heads), len(words))
    for at, word in enumerate(words[:head]):
        begins = at == 0 or words[at - 1] == "," or (at <= 2 and words[at - 1] not in LOOKING)
        if word in QUESTION_WORDS and begins:  # "and in which colour should I add it"
            return True
    return False


def _asks_whether_it_may_ask(sentence: Sentence) -> bool:
    """Whether a sentence begins like "sure, may I also ask you why": what follows is asked for, and not proposed."""
    return _MAY_I_ASK.match(" ".join(sentence.words[:FAR])) is not None
