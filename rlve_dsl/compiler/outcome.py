"""What an episode is worth: the answer's schema, measures, the task's reward, the pass condition, budgets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from rlve_dsl.compiler.draft import RESERVED, Draft, EnvironmentDraft
from rlve_dsl.expressions import Scope
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, NOTHING, REAL, TEXT, Enum, Id, ListOf, Record, Type
from rlve_dsl.files import ExpressionText, Name
from rlve_dsl.reward import compose

TURN_BUDGET = "turn_budget"
TOOL_BUDGET = "tool_budget"

# What an ended episode offers to reward terms.
OUTCOME: Mapping[str, Type] = {
    "task": REAL,
    "correct": BOOL,
    "turns": Record("turns", (("used", INT), ("effective", INT), ("budget", INT))),
    "ids": Record("ids", (("output", ListOf(Id("product"))), ("shown", ListOf(Id("product"))))),
    "calls": INT,
    "compliance": REAL,
    "violations": ListOf(TEXT),
}

# What a store policy's rules of conduct say of an episode, for measures and pass conditions.
CONDUCT: Mapping[str, Type] = {name: OUTCOME[name] for name in ("compliance", "violations")}

_PLAIN: Mapping[str, Type] = {"text": TEXT, "int": INT, "real": REAL, "bool": BOOL, "money": MONEY, "days": DAYS}


def answer(draft: EnvironmentDraft) -> None:
    """The answer's schema."""
    fields: dict[str, Type] = {}
    for name, field in draft.spec.answer.items():
        if name == "done":
            draft.diagnostics.error("R203", "`done` already says that an answer is one", field.type.span)
        type_ = parse_type(field.type.text)
        if type_ is None:
            draft.diagnostics.error(
                "R211",
                f"`{field.type.text}` is not a type",
                field.type.span,
                help="types: text, int, real, bool, money, days, `product id`, `one of a, b`, `list of …`",
            )
        fields[name] = type_ or NOTHING
    draft.parts["answer"] = MappingProxyType(fields)
    if fields:
        record = Record("answer", tuple(fields.items()))
        draft.scopes["outcome"] = draft.scopes["outcome"].extended({"answer": record})


def parse_type(text: str) -> Type | None:
    """The type that an author's words name.

    >>> parse_type("list of product id")
    ListOf(item=Id(of='product'))
    >>> parse_type("sheep") is None
    True
    """
    text = text.strip()
    if text in _PLAIN:
        return _PLAIN[text]
    if matched := re.fullmatch(r"(product|variant|line|order) id", text):
        return Id(matched[1])
    if text.startswith("list of "):
        item = parse_type(text.removeprefix("list of "))
        return ListOf(item) if item else None
    if text.startswith("one of "):
        values = [v.strip() for v in text.removeprefix("one of ").split(",")]
        return Enum(tuple(values)) if all(re.fullmatch(r"[a-z_]\w*", v) for v in values) else None
    return None


def outcome(draft: EnvironmentDraft) -> None:
    """Measures, the task's reward, the pass condition and the composite reward."""
    scope = draft.scopes["outcome"].extended(CONDUCT)
    scope = Scope(scope.names, {**scope.functions, **draft.registry.measures}, scope.definitions)
    measures = []
    for name, source in draft.spec.measures.items():
        expression = draft.expression(source, scope)
        taken = scope.taken(name) or ("a name of the language" if name in RESERVED else None)
        if taken is not None:
            draft.diagnostics.error("R203", f"`{name}` is already {taken}", source.span)
            if name in RESERVED and name not in scope.names:
                scope = scope.extended({name: NOTHING})
            continue
        if expression is not None:
            measures.append((name, expression))
        scope = scope.extended({name: expression.type if expression else NOTHING})
    draft.parts["measures"] = tuple(measures)
    draft.parts["task"] = draft.expression(draft.spec.reward, scope, REAL)
    draft.parts["correct_when"] = draft.expression(draft.spec.correct_when, scope.extended({"task": REAL}), BOOL)
    weigh(draft)


def weigh(draft: Draft) -> None:
    """The composite reward."""
    functions = {**draft.registry.functions, **draft.registry.measures}
    draft.parts["reward"] = compose(draft.shared.reward, Scope(OUTCOME, functions), draft.diagnostics)


def budgets(draft: EnvironmentDraft) -> None:
    """Turn and tool budgets, from axes or from `budget:`."""
    limit(draft, draft.spec.name, draft.spec.turns, draft.scopes["axes"])


def limit(draft: Draft, environment: Name, turns: ExpressionText | None, scope: Scope) -> None:
    """The turn budget, in this scope where `budget:` says it, and the tool budget."""
    draft.parts["turns"] = draft.expression(turns, scope, INT) if turns else None
    draft.reads |= {TURN_BUDGET, TOOL_BUDGET}
    for name in [TOOL_BUDGET] + ([] if turns else [TURN_BUDGET]):
        if name not in draft.axes:
            draft.diagnostics.error(
                "R212", f"no axis `{name}` says how much an agent may do", environment.span,
                help=f"add an axis `{name}` of type int and role allowance",
            )  # fmt: skip
