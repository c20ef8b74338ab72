"""Names, types and units of a clause: every name resolved, every enum's value made a word, every mistake told.

A function that has told a mistake returns None; what is left is checked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.policy import ast
from rlve_dsl.policy.sorts import UNITS, Declared, Sort, comparable

BOOL, DAYS, PERCENT = Sort("bool"), Sort("days"), Sort("percent")
_TRUTHS = {"true": "yes", "false": "no", "True": "yes", "False": "no"}


@dataclass(frozen=True, slots=True)
class Checker:
    """What the names of a text mean and where its places are; `events` maps an event to the fact that counts from it."""

    names: Mapping[str, Declared]
    events: Mapping[str, str]
    at: Callable[[ast.Place], Span]
    diagnostics: Diagnostics

    def say(self, code: str, message: str, node: ast.Node, **more: Any) -> None:
        """Add an error at a node."""
        self.diagnostics.error(code, message, self.at(node.place), **more)

    # Conditions -----------------------------------------------------------------------------------------------------

    def condition(self, node: ast.Condition) -> ast.Condition | None:
        """The condition with its names resolved."""
        match node:
            case ast.Compare():
                return self._compare(node)
            case ast.OneOf(left=left, options=options):
                parts = self._alike([left, *options], node)
                return None if parts is None else replace(node, left=parts[0], options=tuple(parts[1:]))
            case ast.Between(left=left, low=low, high=high):
                parts = self._alike([left, low, high], node, ordered="between")
                return None if parts is None else replace(node, left=parts[0], low=parts[1], high=parts[2])
            case ast.Within():
                return self._within(node)
            case ast.Holds(ref=ref):
                return self._holds(node, ref)
            case ast.Known(ref=ref):
                return node if self._declared(ref) is not None else None
            case ast.Not(condition=inner):
                made = self.condition(inner)
                return None if made is None else replace(node, condition=made)
            case ast.Joined():
                return self._joined(node)

    def _compare(self, node: ast.Compare) -> ast.Condition | None:
        ordering = [sign for sign, _ in node.rest if sign not in ("is", "is not")]
        parts = self._alike([node.left, *(right for _, right in node.rest)], node, ordered=next(iter(ordering), ""))
        if parts is None:
            return None
        signs = [sign for sign, _ in node.rest]
        return replace(node, left=parts[0], rest=tuple(zip(signs, parts[1:], strict=True)))

    def _alike(self, values: Sequence[ast.Value], node: ast.Node, ordered: str = "") -> list[ast.Value] | None:
        """Values that are compared with the first of them."""
        expected = next((sort for value in values if (sort := self.peek(value)) is not None), None)
        made = [self.value(value, expected) for value in values]
        sound = [(value, pair) for value, pair in zip(values, made, strict=True) if pair is not None]
        if len(sound) < len(values) or not sound:
            return None
        (first, (_, sort)), *others = sound
        for value, (_, other) in others:
            if not comparable(sort, other):
                self._incomparable(first, sort, value, other)
                return None
        if ordered and not sort.is_quantity:
            self.say(
                "P208", f"{sort.short} has no order, so `{ordered}` says nothing of it", node,
                label="write `is` or `is not`",
            )  # fmt: skip
            return None
        return [pair[0] for _, pair in sound]

    def _incomparable(self, left: ast.Value, a: Sort, right: ast.Value, b: Sort) -> None:
        at_fault = left if _is_plain(left) and not _is_plain(right) else right
        wanted, found = (b, left) if at_fault is left else (a, right)
        self.say(
            "P214", f"cannot compare {a.short} with {b.short}", at_fault, label=_unit_missing(found, wanted),
            related=[*self._origin(left, a), *self._origin(right, b)],
        )  # fmt: skip

    def _origin(self, node: ast.Value, sort: Sort) -> list[Related]:
        declared = self.names.get(node.name) if isinstance(node, ast.Ref) else None
        return [Related(declared.span, f"`{declared.name}` is {sort}")] if declared else []

    def _within(self, node: ast.Within) -> ast.Condition | None:
        amount = self.value(node.amount, DAYS)
        sound = amount is not None
        if amount is not None and amount[1].type != "days":
            self.say("P207", f"a number of days is wanted here, not {amount[1]}", node.amount,
                     label=_unit_missing(node.amount, DAYS))  # fmt: skip
            sound = False
        if node.since not in self.events:
            near = did_you_mean(node.since, self.events)
            known = ", ".join(f"`{event}`" for event in self.events)
            self.say(
                "P206", f"no fact counts the days since `{node.since}`", replace(node, place=_last_word(node)), label=near,
                help=f"days are counted since {known}" if known else "give a fact of type days a `since:`",
            )  # fmt: skip
            sound = False
        return replace(node, amount=amount[0]) if sound and amount is not None else None

    def _holds(self, node: ast.Holds, ref: ast.Ref) -> ast.Condition | None:
        if ref.name in _TRUTHS and ref.name not in self.names:
            self.say("P101", f"there is no `{ref.name}`", ref, label=f"write `{_TRUTHS[ref.name]}`")
            return None
        declared = self._declared(ref)
        if declared is None:
            return None
        if declared.sort.type == "bool":
            return node
        example = {
            "money": f"{ref.name} is over $50", "days": f"{ref.name} <= 30 days", "percent": f"{ref.name} < 10%",
            "number": f"{ref.name} is at least 2", "text": f'{ref.name} is "…"',
        }.get(declared.sort.type, f"{ref.name} is {next(iter(declared.sort.values), '…')}")  # fmt: skip
        self.say(
            "P215", f"`{ref.name}` is {declared.sort}, and a condition is wanted here", ref, label=f"write `{example}`",
            related=[Related(declared.span, "declared here")],
        )  # fmt: skip
        return None

    def _joined(self, node: ast.Joined) -> ast.Condition | None:
        made: list[ast.Condition | None] = []
        for before, condition in zip([None, *node.conditions], node.conditions, strict=False):
            alternative = self._alternative(before, condition)
            if alternative is not None:
                self.say("P209", *alternative[:1], condition, label=alternative[1])
                made.append(None)
            else:
                made.append(self.condition(condition))
        sound = [condition for condition in made if condition is not None]
        return replace(node, conditions=tuple(sound)) if len(sound) == len(made) else None

    def _alternative(self, before: ast.Condition | None, node: ast.Condition) -> tuple[str, str] | None:
        """What is said of `b` in `x is a or b`, where `b` is a value and no condition."""
        if not isinstance(node, ast.Holds) or node.ref.name in self.names:
            return None
        if isinstance(before, ast.OneOf):
            left, given = before.left, [*before.options]
        elif isinstance(before, ast.Compare) and before.rest[-1][0] in ("is", "is not"):
            left, given = before.left, [before.rest[-1][1]]
        else:
            return None
        sort = self.peek(left)
        if sort is None or node.ref.name not in sort.values or not isinstance(left, ast.Ref):
            return None
        words = [part.name for part in given if isinstance(part, ast.Ref)]
        return (
            f"`{node.ref.name}` is a value and no condition: alternatives stand in one list",
            f"write `{left.name} is one of {', '.join([*words, node.ref.name])}`",
        )

    # Values ---------------------------------------------------------------------------------------------------------

    def peek(self, node: ast.Value) -> Sort | None:
        """The sort of a value that tells it by itself; says nothing."""
        match node:
            case ast.Ref(name=name):
                return self.names[name].sort if name in self.names else None
            case ast.Arithmetic(operator="*", left=left, right=right):
                sorts = [sort for sort in (self.peek(left), self.peek(right)) if sort is not None]
                return next((sort for sort in sorts if sort.type != "number"), next(iter(sorts), None))
            case ast.Arithmetic(left=left, right=right):
                return self.peek(left) or self.peek(right)
            case ast.Share(of=of):
                return self.peek(of)
            case ast.Amount(unit="word"):
                return BOOL
            case ast.Amount(unit="money" | "days" | "percent" as unit):
                return Sort(unit)
        return None

    def value(self, node: ast.Value, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        """The value with its names resolved, and its sort; a bare word may be a value of the `expected` enum."""
        match node:
            case ast.Amount(value=str(word), unit="text") if expected is not None and expected.type == "enum":
                return self._word(node, word, expected)
            case ast.Amount(unit="word"):
                if expected is not None and expected.type == "enum" and node.value in expected.values:
                    self.say("P205", f"`{node.value}` means a condition", node, label=f'write `"{node.value}"`')
                    return None
                return node, BOOL
            case ast.Amount(unit=unit):
                assert unit != "word"
                return node, Sort(unit)
            case ast.Ref(name=name):
                return self._ref(node, name, expected)
            case ast.Arithmetic():
                return self._arithmetic(node, expected)
            case ast.Share():
                return self._share(node, expected)

    def _word(self, node: ast.Node, word: str, expected: Sort) -> tuple[ast.Value, Sort] | None:
        if word in expected.values:
            return ast.Amount(word, "word", place=node.place), expected
        of = f"of `{expected.of}`" if expected.of else "here"
        self.say(
            "P205", f"`{word}` is not a value {of}", node, label=did_you_mean(word, expected.values),
            help=f"its values: {', '.join(expected.values)}",
        )  # fmt: skip
        return None

    def _ref(self, node: ast.Ref, name: str, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        declared = self.names.get(name)
        if expected is not None and name in expected.values:
            if declared is None:
                return ast.Amount(name, "word", place=node.place), expected
            if not comparable(declared.sort, expected):
                self.say(
                    "P205", f"`{name}` is both a value of `{expected.of}` and a name of its own", node,
                    label=f'write `"{name}"` for the value', related=[Related(declared.span, f"`{name}` is declared")],
                )  # fmt: skip
                return None
        if declared is not None:
            return node, declared.sort
        if expected is not None and expected.type == "enum" and "." not in name:
            return self._word(node, name, expected)
        self._unknown(node, expected)
        return None

    def _declared(self, node: ast.Ref) -> Declared | None:
        if node.name not in self.names:
            self._unknown(node, None)
        return self.names.get(node.name)

    def _unknown(self, node: ast.Ref, expected: Sort | None) -> None:
        if node.name in _TRUTHS:
            self.say("P101", f"there is no `{node.name}`", node, label=f"write `{_TRUTHS[node.name]}`")
            return
        near = did_you_mean(node.name, self.names)
        last = [name for name in self.names if name.rpartition(".")[2] == node.name.rpartition(".")[2]]
        if len(last) == 1:
            near = f"did you mean `{last[0]}`?"
        if not near and expected is not None and expected.type == "text":
            near = f'a text stands in quotes: `"{node.name}"`'
        self.say("P201", f"there is no fact or decision `{node.name}`", node, label=near)

    def _arithmetic(self, node: ast.Arithmetic, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        if self._hyphenated(node):
            return None
        inner = expected if expected is not None and expected.is_quantity else None
        left, right = self.value(node.left, inner), self.value(node.right, inner)
        if left is None or right is None:
            return None
        a, b = left[1], right[1]
        word = {"+": "add", "-": "subtract", "*": "multiply"}[node.operator]
        for sort, side in ((a, node.left), (b, node.right)):
            if not sort.is_quantity:
                self.say("P208", f"cannot {word} {sort.short}", side)
                return None
        made = replace(node, left=left[0], right=right[0])
        if node.operator == "*":
            if "number" in (a.type, b.type):
                return made, b if a.type == "number" else a
            mend = "write `p% of m` for a share" if PERCENT in (a, b) else "one of the two is a plain number"
            self.say("P208", f"cannot multiply {a.short} by {b.short}", node, label=mend)
            return None
        if a.type != b.type:
            at_fault, wanted = (node.left, b) if _is_plain(node.left) and not _is_plain(node.right) else (node.right, a)
            self.say("P214", f"cannot {word} {a.short} and {b.short}", at_fault, label=_unit_missing(at_fault, wanted))
            return None
        return made, a

    def _hyphenated(self, node: ast.Arithmetic) -> bool:
        """Says of `return-window` that it is a subtraction, where `return_window` is a name."""
        word = _hyphenated(node)
        if word is None or word not in self.names:
            return False
        self.say(
            "P201", f"`{word.replace('_', '-')}` is a subtraction, not a name", node, label=f"did you mean `{word}`?"
        )
        return True

    def _share(self, node: ast.Share, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        percent, of = self.value(node.percent, PERCENT), self.value(node.of, expected)
        if percent is None or of is None:
            return None
        if percent[1].type != "percent":
            self.say("P208", f"a share is a percentage of something, not {percent[1].short} of it", node.percent,
                     label=_unit_missing(node.percent, PERCENT))  # fmt: skip
            return None
        if not of[1].is_quantity:
            self.say("P208", f"there is no share of {of[1].short}", node.of)
            return None
        return replace(node, percent=percent[0], of=of[0]), of[1]

    # Clauses --------------------------------------------------------------------------------------------------------

    def decide(self, node: ast.Decide, sort: Sort) -> ast.Decide | None:
        """A decision's rule, its values of the decision's sort."""
        layers = [self._branch(layer, sort, node.name) for layer in node.layers]
        sound = [layer for layer in layers if layer is not None]
        return replace(node, layers=tuple(sound)) if len(sound) == len(layers) else None

    def _branch(self, node: ast.Branch, sort: Sort, name: str) -> ast.Branch | None:
        value = self._outcome(node.value, sort, name)
        when = None if node.when is None else self.condition(node.when)
        exceptions = [self._branch(e, sort, name) for e in node.exceptions]
        adjustments = [self._adjustment(a, sort, name) for a in node.adjustments]
        if value is None or (when is None) != (node.when is None) or None in exceptions or None in adjustments:
            return None
        return replace(
            node, value=value, when=when,
            exceptions=tuple(e for e in exceptions if e is not None),
            adjustments=tuple(a for a in adjustments if a is not None),
        )  # fmt: skip

    def _outcome(self, node: ast.Value | ast.Condition, sort: Sort, name: str) -> ast.Value | ast.Condition | None:
        if not isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            if sort.type != "bool":
                self.say("P207", f"`{name}` is {sort}, and this is a condition", node)
                return None
            return self.condition(node)
        return self._of_sort(node, sort, name)

    def _of_sort(self, node: ast.Value, sort: Sort, name: str) -> ast.Value | None:
        found = self.value(node, sort)
        if found is None:
            return None
        made, other = found
        fits = set(other.values) <= set(sort.values) if sort.type == other.type == "enum" else sort.type == other.type
        if fits:
            return made
        label = _unit_missing(node, sort)
        if not label and other.type == "percent" and sort.is_quantity:
            label = "say of what: `10% of …`"
        declared = self.names.get(name)
        self.say(
            "P207", f"`{name}` is {sort}, and this is {other}", node, label=label,
            related=[Related(declared.span, f"`{name}` is declared")] if declared else [],
        )  # fmt: skip
        return None

    def _adjustment(self, node: ast.Adjustment, sort: Sort, name: str) -> ast.Adjustment | None:
        when = None if node.when is None else self.condition(node.when)
        if not sort.is_quantity:
            self.say(
                "P208", f"`{node.operator}` changes an amount, and `{name}` is {sort}", node,
                label="write `except … when …`",
            )  # fmt: skip
            return None
        amount = self._of_sort(node.amount, sort, name)
        if amount is None or (when is None) != (node.when is None):
            return None
        return replace(node, amount=amount, when=when)


def _is_plain(node: ast.Value) -> bool:
    return isinstance(node, ast.Amount)


def _unit_missing(node: ast.Value, wanted: Sort) -> str:
    """What to write where a number stands without its unit, or in another one's."""
    if isinstance(node, ast.Amount) and node.unit == "number" and wanted.type in UNITS:
        written = UNITS[wanted.type].format(node.value)
        return f"write a unit: `{'1 day' if written == '1 days' else written}`"
    if isinstance(node, ast.Amount) and wanted.type == "number" and node.unit == "days":
        return f"write `{node.value}`"
    if isinstance(node, ast.Amount) and wanted.type == "bool" and node.unit in ("text", "number"):
        return "write `yes` or `no`"
    return ""


def _hyphenated(node: ast.Value) -> str | None:
    match node:
        case ast.Ref(name=name):
            return name
        case ast.Arithmetic(operator="-", left=left, right=ast.Ref(name=name)):
            before = _hyphenated(left)
            return None if before is None else f"{before}_{name}"
    return None


def _last_word(node: ast.Within) -> ast.Place:
    return (node.place[1] - len(node.since), node.place[1])
