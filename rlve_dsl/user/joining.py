"""How a person joins sentences to one message: small letters after a colon, and each courtesy once.

Belongs here: changes of the words where sentences meet. Does not belong here: which sentences are said, shorter names, typing slips.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rlve_dsl.expressions import Segment

Words = Sequence[Segment]
_END = r"(?=[.,;:!?]|$)"
_PLEASE = re.compile(r"\bplease\b", re.IGNORECASE)
_THANKS = re.compile(r"\bthank(?:s| you)\b", re.IGNORECASE)
_LAST_PLEASE = re.compile(rf",? please{_END}")
_FIRST_PLEASE = re.compile(r"(^|[.!?:] )Please (\w)")
_LAST_THANKS = re.compile(rf",? thank(?:s(?: for asking)?| you){_END}")


def as_one_message(parts: Iterable[Words], before: str = "") -> tuple[tuple[Segment, ...], ...]:
    """The parts of a message, none of them empty, as they are said one after the other; values stay as they are.

    Args:
        parts: The parts.
        before: What the message says before them.

    >>> said = [[Segment("Please note:", False)], [Segment("The cup, please.", False)]]
    >>> [segment.text for words in as_one_message(said) for segment in words]
    ['Please note:', 'the cup.']
    """
    found: list[tuple[Segment, ...]] = []
    asked, thanked = bool(_PLEASE.search(before)), bool(_THANKS.search(before))
    end = ""
    for part in parts:
        words = after(end, part)
        if asked:
            words = _without_please(words)
        if thanked:
            words = _changed(words, lambda text: _LAST_THANKS.sub("", text))
        if not words:
            continue
        found.append(tuple(words))
        around = "".join(segment.text for segment in words if not segment.is_value)
        asked = asked or _PLEASE.search(around) is not None
        thanked = thanked or _THANKS.search(around) is not None
        end = words[-1].text
    return tuple(found)


def after(end: str, words: Words) -> Words:
    """The words as they follow a text: with a small letter where it ends with a colon or a comma. `I` and names of letters stay.

    >>> after("First,", [Segment("The cup", False)]), after("So:", [Segment("I'd like it", False)])
    ([Segment(text='the cup', is_value=False, mention='')], [Segment(text="I'd like it", is_value=False, mention='')])
    """
    if not end.endswith((":", ",")) or not words or words[0].is_value:
        return words
    text = words[0].text
    first = re.split(r"[^A-Za-z]", text, maxsplit=1)[0]
    if first == "I" or first[1:] != first[1:].lower():
        return words
    return [Segment(text[:1].lower() + text[1:], False), *words[1:]]


def _without_please(words: Words) -> Words:
    def shorter(text: str) -> str:
        text = _FIRST_PLEASE.sub(lambda found: found[1] + found[2].upper(), _LAST_PLEASE.sub("", text))
        return re.sub(r"\bplease ", "", text)

    return _changed(words, shorter)


def _changed(words: Words, change: Callable[[str], str]) -> Words:
    """The words with a change of what is around values."""
    changed = (word if word.is_value else word._replace(text=change(word.text)) for word in words)
    return [word for word in changed if word.text]
