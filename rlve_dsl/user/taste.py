"""Whether an agent asks the shopper for something that is no matter of taste: "Have you packed the shampoo?", "What is the order number?".

Belongs here: the turns of English for that. Does not belong here: questions about facts, what the shopper answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.texts import words_of

_BESIDE = r"(?:(?:already|ever|also|just|perhaps|maybe|by chance|happen to|yet|recently|actually|really) )*"
# "did you want", "have you decided on a colour" ask for a wish, and "have you got" for what is there now
_WISHES = r"(?:wants?|wish|need|prefer|fancy|hope|have|plan|intend|think|care|like|mean)"
_WISHED = r"(?:an?|any|the|got|had|wanted|wished|needed|preferred|hoped|planned|thought|decided|chosen|picked|settled|considered|made up|set|in)"
_NUMBER = r"(?:order|confirmation|reference|tracking|serial|invoice|account|customer|member(?:ship)?|card|phone|booking|case) (?:number|id|code)s?"
_OWN = r"your (?:full |billing |shipping |delivery )?(?:e-?mail|phone|post(?:al )?code|zip|address|name|surname|last name|account|date of birth)"
_NO_TASTE = re.compile(
    rf"\b(?:did(?:n't)? you {_BESIDE}(?!{_WISHES}\b)|(?:have|had)(?:n't)? you {_BESIDE}(?!{_WISHED}\b)|when was it that you"
    rf"|do you (?:remember|recall|know)|{_NUMBER}|{_OWN}|(?:was|were) (?:it|they|the|this|that|those|these|your))\b",
    re.IGNORECASE,
)
_OF_A_NUMBER = re.compile(rf"\b{_NUMBER}\b", re.IGNORECASE)
_NUMBERED = frozenset(("number", "id", "code"))


def asks_for_a_number(message: str, facts: Iterable[Slot]) -> bool:
    """Whether a message has one question, which is for a number such as an order's, and no fact is about a number of that sort."""
    if message.count("?") != 1 or " or " in message or _OF_A_NUMBER.search(message) is None:
        return False
    texts = (text for slot in facts for text in (*slot.about, *("".join(s.text for s in ask) for ask in slot.asks)))
    return all(_NUMBERED.isdisjoint(words_of(text)) for text in texts)


def is_no_matter_of_taste(message: str) -> bool:
    """Whether a message asks for what the shopper has done, or what is so. Nobody has a preference about that.

    >>> [is_no_matter_of_taste(text) for text in ("Have you packed it?", "Did you want it gift-wrapped?", "What's the order number?")]
    [True, False, True]
    """
    return _NO_TASTE.search(message.replace("\u2019", "'")) is not None
