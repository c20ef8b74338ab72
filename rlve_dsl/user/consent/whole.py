"""Whether the words of an action are about all there is: "return everything in that order".

Belongs here: the turns of English for that. Does not belong here: which things there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WHOLE_ORDER = re.compile(
    r"\b(?:whole|entire|complete|full) (?:order|purchase|lot|thing|delivery|shipment|parcel|package)s?\b|\bwhole of (?:the|that|this|your) order\b"
)
_EVERYTHING = re.compile(
    r"\b(?:everything|(?:all|each|every one) of (?:it|them|these|those|the|your)|all (?:the|your|these|those) (?:items|things|products|lines|"
    r"articles|orders)|all (?:(?:the |your |these |those )?(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,3}) )?(?:items|products|lines|things|articles)|every (?:item|product|line)|the lot|both)\b(?P<else> else)?"
)


def is_whole(words: Sequence[str], names_things: bool) -> bool:
    """Whether the words of an action are about all there is: "return everything in that order".

    Args:
        words: The words from its name on.
        names_things: Whether they name things, or mean one that was named before; an order counts, too.
    """
    text = " ".join(words)
    if _WHOLE_ORDER.search(text) is not None:
        return True
    found = _EVERYTHING.search(text)
    return found is not None and (not names_things or found["else"] is not None or "order" in words)
