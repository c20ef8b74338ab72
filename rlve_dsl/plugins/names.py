"""Which names primitives may have: the one place for the rule.

A name of a primitive is a word of lowercase letters, digits and `_` that begins with a letter. The name of a tool is two such words
with a dot between them, and those of embedders and catalog sources may also hold `-`, `.` and `/`. No name may be a word of the
language.
"""

from __future__ import annotations

import re

from rlve_dsl.expressions import KEYWORDS
from rlve_dsl.world import ENTITIES

RESERVED = frozenset(
    (
        "action", "tried", "claimed", "persona", "goal", "answer", "said", "value", "task", "part", "parts", "catalog", "compliance",
        "violations", "seconds", *(kind.table for kind in ENTITIES if not kind.hidden),
    )
)  # fmt: skip
"""Names of the language that authors may give to nothing of their own."""

KEYS = frozenset(
    (
        "let",
        "for_each",
        "if",
        "value",
        "record",
        "create",
        "verdict",
        "with",
        "after_turn",
        "says",
        "ask",
        "omit",
        "fact",
    )
)
"""Keys that stand in the same mappings as the names of samplers and events."""

_WORD = "[a-z][a-z0-9_]*"
_WORD_RULE = "lowercase letters, digits and `_`, beginning with a letter"
_FORMS = {
    "rlve_tools": (rf"{_WORD}(\.{_WORD})?", f"`domain.verb` or one word, each of {_WORD_RULE}: `shelf.look`"),
    "rlve_embedders": (r"[a-z][\w./-]*", "letters, digits, `_`, `-`, `.` and `/`, beginning with a lowercase letter"),
    "rlve_catalog_sources": (
        r"[a-z][\w./-]*",
        "letters, digits, `_`, `-`, `.` and `/`, beginning with a lowercase letter",
    ),
    "rlve_agents": (r"[a-z][a-z0-9_-]*", "lowercase letters, digits, `_` and `-`, beginning with a letter"),
    "rlve_checks": (_WORD, _WORD_RULE),
    "rlve_probes": (r"[a-z][a-z0-9_' -]*", "lowercase letters, digits, spaces and `-`, beginning with a letter"),
}
_TAKEN = {
    "rlve_functions": RESERVED | KEYWORDS,
    "rlve_measures": RESERVED | KEYWORDS,
    "rlve_samplers": KEYS,
    "rlve_events": KEYS,
}


def fault_of_name(hook: str, name: object) -> str:
    """What is wrong with the name of a primitive of this hook; empty for a name that is legal."""
    form, rule = _FORMS.get(hook, (_WORD, _WORD_RULE))
    if not isinstance(name, str) or not re.fullmatch(form, name):
        return f"`{name}` is no legal name: write {rule}"
    if name in _TAKEN.get(hook, ()):
        return f"`{name}` is a word of the language: choose another name"
    return ""
