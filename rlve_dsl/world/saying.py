"""What a person calls a tool that does not say so itself: the words of its name and the first words of its docstring."""

from __future__ import annotations

import re


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[a-z]+")
_MOST = 4  # words of a docstring that name what the tool does
# these say nothing without what they are done to
_VAGUE = _set(
    "add apply begin change check create do get give go initiate list make open put run set show start submit take update use"
)
_ENDS = _set("about after and as at before by for from if in into of on or so that to when with")
_ARTICLES = frozenset(("a", "an", "the", "its", "their"))


def said_as(name: str, doc: str) -> tuple[str, ...]:
    """The phrases for a tool with this name and docstring.

    >>> said_as("loyalty.redeem", "Redeem the points of a shopper.")
    ('redeem points', 'redeem')
    >>> said_as("gift_card.add", "Put a card into the cart.")
    ('put card', 'add gift card')
    """
    domain, _, verb = name.rpartition(".")
    words = _WORD.findall(verb.lower())
    if words and words[0] in _VAGUE and len(words) == 1:
        words += _WORD.findall(domain.lower())
    return tuple(phrase for phrase in dict.fromkeys((_first_words(doc), " ".join(words))) if phrase)


def _first_words(doc: str) -> str:
    """The verb of a docstring and its object, "redeem points"; empty when the docstring does not begin in that way."""
    sentence = re.split(r"[.,:;\n]", doc.strip().lower(), maxsplit=1)[0]
    found: list[str] = []
    for word in _WORD.findall(sentence):
        if word in _ENDS or len(found) == _MOST:
            break
        if word not in _ARTICLES:
            found.append(word)
    return " ".join(found) if len(found) > 1 else ""
