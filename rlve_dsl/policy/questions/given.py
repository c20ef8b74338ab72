"""Reads facts as a person writes them: `order.total=$20`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.policy.language.words import Scalar, amount
from rlve_dsl.policy.meaning.policy import Fact, Policy

UNKNOWN = "unknown"

_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}
# for each type, the pattern of a number, and how many cents or the like are in one unit of it
_AMOUNTS = {
    "money": (r"\$?\s*(\d{1,12})(?:\.(\d{1,2}))?", 100),
    "days": (r"(\d{1,6})\s*(?:days?)?()", 1),
    "percent": (r"(\d{1,6})(?:\.(\d{1,2}))?\s*%?", 100),
    "number": (r"(\d{1,12})()", 1),
}
_EXAMPLES = {"bool": "yes", "money": "$20", "days": '"12 days"', "percent": "15%", "number": "3", "text": '"…"'}


def read_facts(policy: Policy, written: Iterable[str]) -> dict[str, Scalar | None]:
    """Read facts from `name=value` words.

    Args:
        written: The words. A word without `=` belongs to the one before, unless it is a fact: `age=12 days` may be two words.

    Returns:
        The facts; `unknown` is None.

    Raises:
        UsageError: There is no such fact, it is given twice, or the value is not one of its values.
    """
    joined: list[str] = []
    for word in written:
        if "=" not in word and word not in policy.facts and joined:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    facts: dict[str, Scalar | None] = {}
    for word in joined:
        name, equals, value = word.partition("=")
        if not equals and word in policy.facts:
            raise UsageError(f"`{word}` has no value here: write `{example(policy, word)}`")
        if not equals:
            raise UsageError(f"`{word}` is no fact: write `name=value`, as in `{example(policy)}`")
        fact = policy.facts.get(name.strip())
        if fact is None:
            near = did_you_mean(name.strip(), policy.facts)
            raise UsageError(f"there is no fact `{name.strip()}`" + (f": {near}" if near else ""))
        if fact.name in facts:
            raise UsageError(f"`{fact.name}` is given twice")
        facts[fact.name] = read_value(fact, value)
    return facts


def read_value(fact: Fact, written: str) -> Scalar | None:
    """Read the value of a fact; None for `unknown`. Raises UsageError where it is not one of its values."""
    text = written.strip()
    if text == UNKNOWN and text not in fact.values:
        return None
    if fact.type == "text":
        return text[1:-1] if re.fullmatch(r'"[^"]*"', text) else text
    if fact.type == "bool":
        if text.lower() not in _TRUTHS:
            raise UsageError(f"`{fact.name}` is yes or no, not `{text}`")
        return _TRUTHS[text.lower()]
    if fact.type == "enum":
        if text not in fact.values:
            near = did_you_mean(text, fact.values) or f"its values are {', '.join(fact.values)}"
            raise UsageError(f"`{text}` is not a value of `{fact.name}`: {near}")
        return text
    return _read_amount(fact, text)


def _read_amount(fact: Fact, text: str) -> int:
    pattern, scale = _AMOUNTS[fact.type]
    if fact.unit:
        pattern = f"{pattern}(?:\\s+(?:{'|'.join(fact.unit)}))?"
    found = re.fullmatch(pattern, text)
    if found is None:
        raise UsageError(f"`{text}` is not a value of `{fact.name}`: written like `{_EXAMPLES[fact.type]}`")
    value = int(found[1]) * scale + (int(found[2].ljust(2, "0")) if found[2] else 0)
    low, high = fact.low, fact.high
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = [f"at least {amount(fact.type, low)}"] if low is not None else []
        bounds += [f"at most {amount(fact.type, high)}"] if high is not None else []
        raise UsageError(f"`{fact.name}` is {' and '.join(bounds)}, not {amount(fact.type, value)}")
    return value


def example(policy: Policy, name: str = "") -> str:
    """An example of a fact as a person writes it: `order.total=$20`. Without a name, of the first fact."""
    fact = policy.facts[name] if name else next(iter(policy.facts.values()))
    return f"{fact.name}={fact.values[0] if fact.values else _EXAMPLES[fact.type]}"
