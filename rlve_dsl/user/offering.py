"""Whether an agent offers more help, as at the end of what it has done: "What else can I do for you?".

Belongs here: the turns of English for that. Does not belong here: questions about facts, what the shopper answers.
"""

from __future__ import annotations

import re

_ELSE = r"(?:else|more|further|other|additional)"
_WE = r"(?:i|we)(?:'d| would)?"
_MAY = r"(?:can|could|may|might|shall|should|will)"
_BESIDE = r"(?:(?:also|still|possibly|perhaps|please) )?"
_HELP = (
    r"(?:help|assist|do|handle|take care|be of (?:any )?(?:help|service|assistance|use)|sort out|arrange|look after)"
)
_THING = rf"(?:(?:any|some|every)thing {_ELSE}|(?:any|some) {_ELSE} (?:way|thing|matter|request|concern|question)s?|(?:what|how|where) {_ELSE})"
_OFFER = re.compile(
    rf"\b(?:(?:is|was) there )?{_THING}(?: (?:that|which|where|in which))?(?: {_MAY})? {_WE}(?: {_MAY})? {_BESIDE}{_HELP}\b[^.!?;\n]{{0,80}}"
    rf"|\b{_MAY} {_WE} {_BESIDE}{_HELP}\b(?: (?:you|to you))?(?: (?:out|today))?(?: (?:with|for you|in|to))*[ ](?:(?:any|some)thing {_ELSE}|any {_ELSE} \w+)\b[^.!?;\n]{{0,80}}"
    rf"|\b{_MAY} {_WE} {_BESIDE}be of (?:any )?{_ELSE} (?:help|assistance|service|use)\b[^.!?;\n]{{0,80}}"
    rf"|\b(?:do|would) you (?:need|want|require|like)(?: any)? {_ELSE} (?:help|assistance|support)\b[^.!?;\n]{{0,80}}"
    rf"|\b(?:do|would) you (?:need|want|require|like)(?: any)? (?:help|assistance|support) with (?:any|some)thing {_ELSE}\b[^.!?;\n]{{0,80}}"
    rf"|\b(?:is there )?anything {_ELSE}(?: that)? you(?:'d| would)? (?:need|want|like|require|wish) (?:me|us|(?:help|assistance) with|from (?:me|us))\b[^.!?;\n]{{0,80}}",
    re.IGNORECASE,
)


def without_offers(message: str) -> str:
    """The message without its offers of more help; the message itself where it has none.

    >>> without_offers("It is done. What else can I do for you today?"), without_offers("Anything else I should know?")
    ('It is done. ?', 'Anything else I should know?')
    """
    return _OFFER.sub("", message.replace("\u2019", "'"))
