"""Warns of what a user says that reads wrongly, as far as that can be seen without an episode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlve_dsl.compiler.context import Context
from rlve_dsl.english import Fault, agreeing, faults
from rlve_dsl.expressions import Hole, Template
from rlve_dsl.expressions.types import Enum, Keyed, ListOf, required
from rlve_dsl.files import Fact, TemplateText

READS_WRONGLY = "R232"
_GREETING = re.compile(
    r"(?:hi(?: there)?|hello(?: there)?|hey(?: there)?|good (?:morning|afternoon|evening|day)|greetings)\b(?!-)",
    re.IGNORECASE,
)
_HOLE = re.compile(r'\{(?:[^{}"]|"[^"\n]*")*\}')


def warn_of_words(source: TemplateText, context: Context) -> None:
    """Warn of the faults of the words around values."""
    for fault in faults(_HOLE.sub("◊", source.text)):
        _warn(source, fault, context)


def warn_of_greeting(source: TemplateText, context: Context) -> None:
    """Warn of an opening that greets, where the user greets before it."""
    found = _GREETING.match(source.text)
    if found is not None and "greet" in context.shared.user.acts:
        _warn(source, Fault("second greeting", found[0], "leave it out: the act `greet` comes before"), context)


def warn_of_values(source: TemplateText, template: Template, context: Context) -> None:
    """Warn of values that do not fit the words around them, and of lists that nothing joins."""
    for fault in _of_values(template):
        _warn(source, fault, context)


def warn_of_repetition(fact: Fact, context: Context) -> None:
    """Warn when each item of a list would be said in a sentence of its own, in the same words."""
    says = next(iter(fact.says))
    if fact.loop is not None and fact.says_all is None and _HOLE.sub("", says.text).strip():
        advice = '`says_all` says several items in one sentence: `says_all: "… {values}."`'
        _warn(says, Fault("unjoined list", says.text, advice), context)


def _of_values(template: Template) -> Iterator[Fault]:
    before = ""
    for part in template.parts:
        if not isinstance(part, Hole):
            before = part.text
            continue
        type_ = required(part.value.type)
        if isinstance(type_, ListOf | Keyed):
            yield Fault("unjoined list", f"{{{part.value.text}}}", f"write `{{joined({part.value.text.strip()})}}`")
        if isinstance(type_, Enum):
            words = [value.replace("_", " ") for value in type_.values]
            wrong = next((word for word in words if agreeing(before, word) != before), None)
            if wrong is not None:
                name = part.value.text.strip()
                yield Fault(
                    "wrong article", f"{before.split()[-1]} {wrong}", f"write `{{a({name})}}` without an article"
                )
        before = ""


def _warn(source: TemplateText, fault: Fault, context: Context) -> None:
    context.diagnostics.warning(
        READS_WRONGLY, f"this reads wrongly: {fault.kind} `{fault.words}`", source.span, help=fault.advice
    )
