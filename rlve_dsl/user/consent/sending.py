"""What is sent to the listener: "and send you the kettle", "the kettle will be shipped to you", "- Replacement: the kettle".

Belongs here: the turns of English for that. Does not belong here: which tool sends, what it takes the place of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.sentences import DETERMINERS, JOINERS, MODALS, NOUN_ENDS, THING, word_set

_ACTIVE = word_set(
    "send sending ship shipping mail mailing post posting deliver delivering dispatch dispatching forward courier express"
)
_DONE = word_set("sent shipped mailed posted delivered dispatched couriered")
_GIVING = word_set("give giving provide providing supply supplying issue issuing get getting")  # "give you the kettle"
_MOVING = word_set("get getting have having put putting pop drop")  # "get the kettle on its way"
_RECEIVING = word_set("get receive have")
_FOLLOWING = word_set("follow follows")
_COMING = word_set("come comes coming go goes going head heads arrive arrives")
_NOUNS = word_set("delivery shipment shipping dispatch")  # "arrange the delivery of the kettle"
_ARRANGING = word_set(
    "arrange arranging organise organize organising organizing schedule scheduling book set order request start process prepare trigger and"
)
_SIGNS = _ACTIVE | _DONE | _GIVING | _MOVING | _RECEIVING | _FOLLOWING | _COMING | _NOUNS | word_set("way")

REPLACEMENT = word_set("replacement replacements substitute substitutes")
"""What a thing is called that is sent in place of another one."""

_NEW = word_set("new other requested chosen selected desired different")
_OF_A_KIND = word_set("one ones item items product products pair pairs article articles")
_LABELS = REPLACEMENT | word_set(
    "new instead exchange send sending ship shipping deliver delivery dispatch get receive"
)
_PLACE = re.compile(
    r"(?:as (?:the |a |an |your )?(?:[a-z-]+ )?(?:replacements?|substitutes?)|in (?:its|their|the) place)(?= |$)"
)
_UNDERWAY = re.compile(
    r"(?:(?:on|out on) (?:its|their|the) way|(?:into|in|out in) the (?:post|mail)|(?:(?:out|over|off|straight|right|also|then) )*to your?(?= |$)"
    rf"|(?:(?:all|also|then) )*(?:{'|'.join(sorted(_DONE))})(?= |$))"
)
_AWAY = re.compile(
    r"(?:(?:out|over|off|right|straight) )*(?:back|in(?= ,|$| (?:to|for) )|to (?:us|me|our|the (?:store|shop|warehouse|seller|maker|manufacturer)))(?= |$)"
)
_TO_YOU = word_set("you your")
_YOU, _YOU_WILL = "you", word_set("you you'd you'll")
_LET_YOU, _FOR = ("let", "you"), ("in", "exchange", "for")
_UNDER = word_set("once when if after until before")  # "once you get the kettle"
_NOT_A_VERB = word_set("by via through with from in per using") | DETERMINERS  # "by mail"
_THEN = MODALS | {"then", "also"}
_NOT_BEFORE_YOU = _UNDER | MODALS | {"do", "did"}
# between "send" and a thing
_BESIDE_THING = word_set("you to out over off also then brand new with for") | _NEW | REPLACEMENT | DETERMINERS
_BESIDE_SENT = (
    word_set("be is are being get gets then also to you out over off all both") | MODALS
)  # between a thing and "sent"
_PASSIVE = word_set("be being get gets getting")
_AFTER_THING = word_set("out over off straight right also then both too as one ones") | NOUN_ENDS | _DONE
_PAPERS = word_set(
    "label labels receipt receipts invoice link email e-mail message confirmation details information info instructions number code form copy "
    "picture photo photos box envelope packaging tracking notification update reminder voucher price prices cost costs fee"
)
_DENYING = word_set(
    "not no cannot never once after until before unless when while sold unavailable gone without already if"
)
# before "sent": it has been
_OVER = word_set("i we was were have has had been i've we've already just")
_NEAR = 4  # words between a verb and the thing that it sends
_ADJECTIVES = 2  # words between an article and a thing that say nothing of what is done
_FAR = 8  # words between a sign of sending and a thing, at most


@frozen
class Sending:
    """Where a sentence says that the listener is sent something.

    Attributes:
        verb: Where it says so: the verb, or a label as in "replacement: the kettle".
        thing: Where the thing is, or the word "replacement" that stands for it.
    """

    verb: int
    thing: int


@frozen
class Sent:
    """What a sentence says that the listener is sent, in place of what goes back.

    Attributes:
        start: Where that begins.
        thing: Where the thing is.
        tools: The tools that send it.
        called: What the first of them is called.
    """

    start: int
    thing: int
    tools: tuple[str, ...]
    called: str


def may_send(words: Sequence[str]) -> bool:
    """Whether words may say that something is sent, as far as a glance shows."""
    return (THING in words and not (_SIGNS | _LABELS).isdisjoint(words)) or not REPLACEMENT.isdisjoint(words)


def sendings(words: Sequence[str]) -> Iterator[Sending]:
    """Where the listener is sent something, each thing once.

    >>> [list(sendings(text.split())) for text in ("mail you the replacement", "send it back by mail")]
    [[Sending(verb=0, thing=3)], []]

    Args:
        words: The words of a sentence; a thing that it names is one word.
    """
    found = set[int]()
    for at in range(len(words)):
        thing = _sent_by(words, at)
        if thing is not None and thing not in found:
            found.add(thing)
            yield Sending(at, thing)


def speaks_of_sending(words: Sequence[str], thing: int) -> bool:
    """Whether words that are not understood may say that a thing is sent: "and the kettle, well packed, ships from our store".

    Args:
        words: The words of the sentence.
        thing: Where the thing is.
    """
    for at in range(max(0, thing - _FAR), min(len(words), thing + _FAR)):
        is_noun = at and words[at - 1] in _NOT_A_VERB and words[at] not in REPLACEMENT  # "by mail"
        is_over = at and words[at] in _DONE and words[at - 1] in _OVER
        if words[at] in _ACTIVE | _DONE | REPLACEMENT and not is_noun and not is_over:
            said = _clause(words, min(at, thing), max(at, thing) + 1)
            if (
                (_PAPERS | _DENYING).isdisjoint(said)
                and "back" not in said
                and not any(word.endswith("n't") for word in said)
            ):
                return True
    return False


def _clause(words: Sequence[str], start: int, end: int) -> Sequence[str]:
    """Words, with those around them up to the ends of their part of the sentence."""
    first = next(
        (i + 1 for i in range(start - 1, max(-1, start - 1 - _FAR), -1) if words[i] in JOINERS), max(0, start - _FAR)
    )
    last = next((i for i in range(end, min(len(words), end + _FAR)) if words[i] in JOINERS), end + _FAR)
    return words[first:last]


def is_another(words: Sequence[str], thing: int) -> bool:
    """Whether a thing is said to be another one than that of which the listener has one: "the replacement towels"."""
    return not (_NEW | REPLACEMENT).isdisjoint(words[max(0, thing - _ADJECTIVES) : thing])


def _sent_by(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that the word at a place sends to the listener."""
    word = words[at]
    if word in _ACTIVE | _DONE and (thing := _object_of(words, at)) is not None:
        return thing
    if word in _LABELS and (thing := _labelled(words, at)) is not None:
        return thing
    if word in _DONE:
        return _subject_of(words, at)
    if word in _RECEIVING and _is_received(words, at):
        return _thing_after(words, at)
    if word in _GIVING and words[at + 1 : at + 2] == (_YOU,):
        return _object_of(words, at)
    if word in _MOVING and not _is_the_listeners(words, at):
        thing = _thing_after(words, at)
        underway = None if thing is None else _UNDERWAY.match(_text(words, thing + 1))
        return None if underway is None or _AWAY.match(underway.string[underway.end() :].lstrip()) else thing
    if word in _COMING | _FOLLOWING or (word == "way" and words[at - 2 : at - 1] == ("on",)):
        return _coming(words, at)
    if word in _NOUNS:
        return _with_a_noun(words, at)
    if words[at : at + 3] == _FOR:
        return _thing_after(words, at + 2)
    if word == THING and _PLACE.match(_text(words, at + 1)):  # "the kettle as the replacement"
        return at
    return None


def _with_a_noun(words: Sequence[str], at: int) -> int | None:
    """Where the thing is whose sending is a noun: "and arrange the delivery of the kettle", "set up the kettle for shipment to you"."""
    if words[at + 1 : at + 2] in (("of",), ("for",)) and not _ARRANGING.isdisjoint(words[max(0, at - _NEAR) : at]):
        return _thing_after(words, at + 1)
    is_for = words[max(0, at - 2) : at] == (THING, "for") and not _TO_YOU.isdisjoint(words[at + 1 : at + 3])
    return at - 2 if is_for else None


def _object_of(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that is sent by a verb: "send you the kettle"."""
    before = words[at - 1] if at else ""
    if before in _NOT_A_VERB or words[at + 1 : at + 2] == ("back",) or _is_the_listeners(words, at):
        return None
    if words[at] in _DONE and not (before in _PASSIVE and _is_about_the_listener(words, at - 1)):
        return None  # "you'll be sent the kettle"
    thing = _thing_after(words, at)
    return None if thing is None or _AWAY.match(_text(words, thing + 1)) else thing


def _thing_after(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that a verb is followed by, as a whole: not "send you the kettle label"."""
    adjectives, has_article = 0, False
    for i in range(at + 1, min(at + 2 + _NEAR + _ADJECTIVES, len(words))):
        word, next_ = words[i], words[i + 1] if i + 1 < len(words) else ","
        if word == THING:
            return i if next_ in _AFTER_THING else None
        ends = (words[i + 2 : i + 3] or (",",))[0] in _AFTER_THING
        if word in REPLACEMENT and next_ != THING and next_ not in DETERMINERS:  # "the replacement (the kettle)"
            return i if next_ in _AFTER_THING or (ends and next_ not in _PAPERS) else None
        if word in _NEW and (next_ in _OF_A_KIND or (word == "new" and next_ not in _PAPERS | {THING} and ends)):
            return i + 1  # "send you the new ones", "send you new towels"
        if word not in _BESIDE_THING:
            adjectives += 1
            if not has_article or adjectives > _ADJECTIVES or word in NOUN_ENDS or word in _PAPERS:
                return None
        has_article |= word in DETERMINERS
    return None


def _labelled(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that a label names: "replacement: the kettle", "the replacement will be the kettle"."""
    mark = next(
        (i for i in range(at + 1, min(at + 2 + _NEAR, len(words))) if words[i] in (",", "is", "are", "be")), None
    )
    begins = next(
        (i + 1 for i in range(at - 1, max(-1, at - 1 - _NEAR), -1) if words[i] in JOINERS), max(0, at - _NEAR)
    )
    if mark is None or not {"back", THING}.isdisjoint(words[begins:mark]):
        return None
    begins_a_point = words[mark] == "," and at <= _NEAR and (JOINERS - {","}).isdisjoint(words[:mark])
    if words[at] not in REPLACEMENT and not begins_a_point:
        return None
    after = next(
        (i for i in range(mark + 1, min(mark + 2 + _NEAR, len(words))) if words[i] not in DETERMINERS | _NEW), None
    )
    return after if after is not None and words[after] == THING else None


def _subject_of(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that is to be sent: "the kettle will be sent to you", "for the kettle to be delivered"."""
    before = _before(words, at, _BESIDE_SENT)
    if before is None:
        return None
    if words[before] != THING:
        named = next(
            (i for i in range(before, max(-1, before - 2), -1) if words[i] in REPLACEMENT or _is_new_one(words, i)),
            None,
        )
        if named is None:
            return None
        before = named
    to_you = not _TO_YOU.isdisjoint(words[at + 1 : at + 4])
    is_to_be = not _PASSIVE.isdisjoint(words[before + 1 : at])
    return before if to_you or (is_to_be and not _AWAY.match(_text(words, at + 1))) else None


def _is_new_one(words: Sequence[str], at: int) -> bool:
    return bool(at) and words[at] in _OF_A_KIND and words[at - 1] in _NEW


def _coming(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that comes: "and the kettle comes to you", "the kettle will be on its way", "with the kettle to follow"."""
    text = _text(words, at + 1)
    if words[at] in _COMING and not re.match(
        r"(?:(?:out|over|off|straight|right) )*(?:to your?|your way|out)(?= |$)", text
    ):
        return None
    for i in range(at - 1, max(-1, at - 2 - _FAR), -1):
        if words[i] == THING or words[i] in REPLACEMENT:
            return i if _UNDER.isdisjoint(words[max(0, i - _NEAR) : i]) else None
        if words[i] in JOINERS or words[i] in _YOU_WILL:
            return None
    return None


def _is_received(words: Sequence[str], at: int) -> bool:
    """Whether the listener gets something here: "and you'd get the kettle", and not "once you get the kettle"."""
    if words[max(0, at - 2) : at] == _LET_YOU:
        return True
    subject = _before(words, at, _THEN)
    if subject is None or words[subject] not in _YOU_WILL or words[max(0, subject - 1)] in _NOT_BEFORE_YOU:
        return False
    return words[at] != "have" or words[at - 1] != _YOU  # "you'd have the kettle", and not "you have the kettle"


def _is_the_listeners(words: Sequence[str], at: int) -> bool:
    """Whether it is the listener who sends: "and you'd send the kettle to us", "for you to mail the kettle"."""
    if at and words[at - 1] in _PASSIVE:
        return False
    subject = _before(words, at, _THEN | {"to", "just"})
    return subject is not None and words[subject] in _YOU_WILL


def _before(words: Sequence[str], at: int, between: frozenset[str]) -> int | None:
    """Where the last word before a place is that is none of those that may stand between."""
    return next((i for i in range(at - 1, max(-1, at - 2 - _NEAR), -1) if words[i] not in between), None)


def _is_about_the_listener(words: Sequence[str], at: int) -> bool:
    return not _YOU_WILL.isdisjoint(words[max(0, at - _NEAR + 1) : at])


def _text(words: Sequence[str], start: int) -> str:
    return " ".join(words[start : start + _NEAR])
