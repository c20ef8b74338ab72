"""Whether a sentence only tells of an action, and proposes none: "your refund will be $40", "I will not start the return yet"."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.user.consent.sentences import AGENT, DETERMINERS, FAR, JOINERS, word_set

_NEAR = 8  # words after a noun among which its verb is looked for, and words of what is said of it
_VERBS = word_set(
    "is are was were has have had will would can cannot could may might must should shall do does did take takes took cost costs "
    "need needs require requires go goes come comes include includes end ends ended close closes closed expire expires expired "
    "fail fails failed work works mean means become becomes seem seems get gets remain remains stay stays"
)
_NEGATIVE = word_set("not cannot never no impossible unable unavailable ineligible disallowed forbidden excluded off")
_OVER = word_set(
    "denied declined refused rejected done complete completed finished over closed expired passed blocked cancelled canceled"
)
_STARTED = word_set(
    "started made processed arranged initiated opened booked placed submitted filed begun registered created scheduled"
)
_MODALS = word_set("will would can could may should shall")
_PAST = word_set("was were has have had been")
_IN_HAND = word_set("next ready set")
_RELATIVE = word_set("that which who whose whom")
_YOU, _RECEIVING = word_set("you you'll you'd"), word_set("get receive")
_TELLERS = word_set(
    "accept accepts allow allows charge charges cover covers says offer offers permit permits require requires costs takes"
)


_NEGATING = word_set("not never nothing none won't haven't hasn't isn't aren't wasn't weren't don't didn't wouldn't")
_WAITING = word_set("wait waiting hold holding postpone delay pause")
_OFFERING = word_set("shall should may can could")
_NOT_ABLE = word_set(
    "cannot can't could couldn't unable impossible possible allowed permitted eligible ineligible available unavailable able"
)
_BEGINNING = word_set(
    "start started starting begin begun proceed act anything booked placed sent submitted ordered changed done made"
)


def is_held_off(words: Sequence[str], *, names_action: bool) -> bool:
    """Whether a sentence says that the speaker does not act, or not yet; not that nobody can.

    >>> [is_held_off(text.split(), names_action=False) for text in ("i will not start yet", "nothing is booked yet", "i won't charge you")]
    [True, True, False]

    Args:
        words: The words of the sentence.
        names_action: Whether they name an action that is not made.
    """
    has = frozenset(words[:FAR])
    if words[0] in _OFFERING or not _NOT_ABLE.isdisjoint(has):
        return False
    if not _WAITING.isdisjoint(has):
        return names_action and not AGENT.isdisjoint(has)
    if _NEGATING.isdisjoint(has) or not (names_action or not _BEGINNING.isdisjoint(has)):
        return False
    return "yet" in has or "nothing" in has or "none" in has or not AGENT.isdisjoint(has)


def is_told_of(words: Sequence[str], start: int, end: int) -> bool | None:
    """Whether a sentence only tells of the action that is named in it; None where it says that the action cannot be or is over.

    Args:
        words: The words of the sentence.
        start: Where the name of the action begins.
        end: Where it ends.
    """
    begins = next((at + 1 for at in range(start - 1, max(-1, start - 1 - _NEAR), -1) if words[at] in JOINERS), 0)
    before = words[max(begins, start - _NEAR) : start]
    if not (_is_noun(words, start) or (before and before[-1] in _TELLERS)):
        return False
    yours = not _YOU.isdisjoint(before) and not _RECEIVING.isdisjoint(before)
    if yours or "there" in before or not _TELLERS.isdisjoint(before):
        return True
    verb = _verb_after(words, end)
    if verb is None:
        return False
    said: list[str] = []
    for word in words[verb : verb + _NEAR]:
        if word in JOINERS or word == "because":
            break
        said.append(word)
    return _says_nothing_to_do(said)


def _says_nothing_to_do(said: Sequence[str]) -> bool | None:
    """What is said of a noun for an action: None where there is nothing to do, False where the action is announced."""
    has = frozenset(said)
    if not _NEGATIVE.isdisjoint(has) or any(word.endswith("n't") for word in said):
        return None
    if _MODALS.isdisjoint(has) and (
        not _OVER.isdisjoint(has) or (not _PAST.isdisjoint(has) and not _STARTED.isdisjoint(has))
    ):
        return None
    return _IN_HAND.isdisjoint(has) and (_STARTED.isdisjoint(has) or not {"be", "being"} & has)


def _is_noun(words: Sequence[str], start: int) -> bool:
    """Whether a word that names an action does so as a noun: "your refund", "returns", "sending it back"."""
    if start and words[start - 1] in DETERMINERS | {"no", "any", "every"}:
        return True
    begins = not start or words[start - 1] in JOINERS
    return begins and words[start].endswith(("ing", "s"))


def _verb_after(words: Sequence[str], end: int) -> int | None:
    """Where the verb is whose subject is the noun that ends here."""
    for at in range(end, min(len(words), end + _NEAR)):
        word = words[at]
        if word in JOINERS or word in _RELATIVE:
            return None
        if word in _VERBS or word.endswith("n't"):
            return at
    return None
