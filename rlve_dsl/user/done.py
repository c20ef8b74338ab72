"""Whether an agent asks the shopper what they have done: "Have you packed the shampoo?".

Belongs here: the turns of English for that. Does not belong here: questions about facts, what the shopper answers.
"""

from __future__ import annotations

import re

_BESIDE = r"(?:(?:already|ever|also|just|perhaps|maybe|by chance|happen to|yet|recently|actually|really) )*"
# "did you want", "have you decided on a colour" ask for a wish, and "have you got" for what is there now
_WISHES = r"(?:wants?|wish|need|prefer|fancy|hope|have|plan|intend|think|care|like|mean)"
_WISHED = r"(?:an?|any|the|got|had|wanted|wished|needed|preferred|hoped|planned|thought|decided|chosen|picked|settled|considered|made up|set|in)"
_DONE = re.compile(
    rf"\b(?:did(?:n't)? you {_BESIDE}(?!{_WISHES}\b)|(?:have|had)(?:n't)? you {_BESIDE}(?!{_WISHED}\b)|when was it that you)\b",
    re.IGNORECASE,
)


def asks_what_was_done(message: str) -> bool:
    """Whether a message asks for what the shopper has done. Nobody has a preference about that.

    >>> [asks_what_was_done(text) for text in ("Have you packed it?", "Did you want it gift-wrapped?", "Have you got a coupon?")]
    [True, False, False]
    """
    return _DONE.search(message.replace("\u2019", "'")) is not None
