"""Checks the names, types and units of clauses, and resolves the values of enums.

A method returns the checked node. Where it has reported an error it returns the node as written, so that the rest of a clause
is checked too; the caller learns of the error by the diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from rlve_dsl.diagnostics import Related, did_you_mean
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.checking.sorts import Sort, comparable
from rlve_dsl.policy.checking.values import DAYS, TRUTHS, Values, is_plain, unit_missing
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import format_value

N = TypeVar("N", bound=ast.Node)

_WORDS: Mapping[str, Mapping[str, str]] = {
    "over": {">": "over", "<": "under", ">=": "at least", "<=": "at most"},
    "than": {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"},
}
_OR_MORE = {
    **dict.fromkeys(("more", "greater", "higher", "above", "later", "longer"), "at least"),
    **dict.fromkeys(("less", "fewer", "lower", "below", "earlier", "shorter"), "at most"),
}


@frozen
class Checker(Values):
    """The checks of clauses and conditions. Those of values are in `Values`."""

    # Statements -----------------------------------------------------------------------------------------------------

    def decide(self, node: ast.Decide, sort: Sort) -> ast.Decide | None:
        """Check the rule of a decision of this sort; None where it has an error."""
        return self._sound(
            lambda: replace(node, layers=tuple(self._branch(layer, sort, node.name) for layer in node.layers))
        )

    def conduct(self, node: ast.Require | ast.Forbid) -> ast.Require | ast.Forbid | None:
        """Check the conditions of a rule of conduct; None where they have an error."""
        return self._sound(lambda: replace(node, when=self._when(node.when), unless=self._when(node.unless)))

    def assumption(self, node: ast.Assume) -> ast.Assume | None:
        """Check an assumption; None where it has an error."""
        return self._sound(
            lambda: replace(node, condition=self.condition(node.condition), only_when=self._when(node.only_when))
        )

    def _sound(self, make: Callable[[], N]) -> N | None:
        before = len(self.diagnostics.errors)
        made = make()
        return made if len(self.diagnostics.errors) == before else None

    def _when(self, node: ast.Condition | None) -> ast.Condition | None:
        return None if node is None else self.condition(node)

    # Conditions -----------------------------------------------------------------------------------------------------

    def condition(self, node: ast.Condition) -> ast.Condition:
        """Check a condition."""
        match node:
            case ast.Compare():
                return self._compare(node)
            case ast.OneOf(left=left, options=options):
                left, *others = self._alike([left, *options], node)
                return replace(node, left=left, options=tuple(others))
            case ast.Between(left=left, low=low, high=high):
                left, low, high = self._alike([left, low, high], node, ordered="between")
                return replace(node, left=left, low=low, high=high)
            case ast.Within():
                return self._within(node)
            case ast.Holds(ref=ref):
                self._check_holds(ref)
                return node
            case ast.Known(ref=ref):
                self.declared(ref)
                return node
            case ast.Not(condition=inner):
                return replace(node, condition=self.condition(inner))
            case ast.Joined():
                return self._joined(node)

    def _compare(self, node: ast.Compare) -> ast.Condition:
        words = _WORDS.get(node.wording, {})
        ordering = [words.get(sign, sign) for sign, _ in node.rest if sign not in ("is", "is not")]
        left, *others = self._alike([node.left, *(right for _, right in node.rest)], node, next(iter(ordering), ""))
        signs = [sign for sign, _ in node.rest]
        return replace(node, left=left, rest=tuple(zip(signs, others, strict=True)))

    def _alike(self, values: list[ast.Value], node: ast.Node, ordered: str = "") -> list[ast.Value]:
        """Check values that are compared with the first of them; `ordered` is the word of a comparison by size."""
        expected = next((sort for value in values if (sort := self.peek(value)) is not None), None)
        sound: list[tuple[ast.Value, tuple[ast.Value, Sort]]] = []
        for value in values:
            pair = self.value(value, expected)
            if pair is not None:
                sound.append((value, pair))
            elif expected is None:  # the sort of the others is not known either
                return values
        if len(sound) < len(values):
            return values
        (first, (_, sort)), *others = sound
        wrong = [(value, other) for value, (_, other) in others if not comparable(sort, other)]
        for value, other in wrong[:1] if is_plain(first) else wrong:  # the first value is wrong for all of them
            self._incomparable(first, sort, value, other)
        if wrong:
            return values
        if ordered and not sort.is_quantity:
            self.say(
                "P208", f"{sort.short} has no order, so `{ordered}` says nothing of it", node,
                label="write `is` or `is not`",
            )  # fmt: skip
        return [pair[0] for _, pair in sound]

    def _incomparable(self, left: ast.Value, a: Sort, right: ast.Value, b: Sort) -> None:
        at_fault = left if is_plain(left) and not is_plain(right) else right
        values = next((sort for sort in (a, b) if sort.type == "enum"), None)
        wanted, found = (b, left) if at_fault is left else (a, right)
        written = format_value(at_fault)
        quoted = f'write `"{written}"`' if values is not None and written in values.values else ""
        self.say(
            "P214", f"cannot compare {a.short} with {b.short}", at_fault, label=quoted or unit_missing(found, wanted),
            related=(*self._origin(left, a), *self._origin(right, b)),
            help=f"its values: {', '.join(values.values)}" if values and a.type != b.type else "",
        )  # fmt: skip

    def _origin(self, node: ast.Value, sort: Sort) -> list[Related]:
        declared = self.names.get(node.name) if isinstance(node, ast.Ref) else None
        return [Related(declared.span, f"`{declared.name}` is {sort}")] if declared else []

    def _within(self, node: ast.Within) -> ast.Condition:
        amount = self.value(node.amount, DAYS)
        if amount is not None and amount[1].type != "days":
            self.say("P207", f"a number of days is wanted here, not {amount[1]}", node.amount,
                     label=unit_missing(node.amount, DAYS))  # fmt: skip
        if node.since not in self.events:
            near = did_you_mean(node.since, self.events)
            known = ", ".join(f"`{event}`" for event in self.events)
            self.say(
                "P206", f"no fact counts the days since `{node.since}`", replace(node, place=_last_word(node)), label=near,
                help=f"days are counted since {known}" if known else "give a fact of type days a `since:`",
            )  # fmt: skip
        return node if amount is None else replace(node, amount=amount[0])

    def _check_holds(self, ref: ast.Ref) -> None:
        if ref.name in TRUTHS and ref.name not in self.names:
            self.say("P101", f"there is no `{ref.name}`", ref, label="name a fact that is yes or no")
            return
        declared = self.declared(ref)
        if declared is None or declared.sort.type == "bool":
            return
        example = {
            "money": f"{ref.name} is over $50", "days": f"{ref.name} <= 30 days", "percent": f"{ref.name} < 10%",
            "number": f"{ref.name} is at least 2", "text": f'{ref.name} is "…"',
        }.get(declared.sort.type, f"{ref.name} is {next(iter(declared.sort.values), '…')}")  # fmt: skip
        self.say(
            "P215", f"`{ref.name}` is {declared.sort}, and a condition is wanted here", ref, label=f"write `{example}`",
            related=(Related(declared.span, "declared here"),),
        )  # fmt: skip

    def _joined(self, node: ast.Joined) -> ast.Condition:
        pairs = zip([None, *node.conditions], node.conditions, strict=False)
        made = (part if self._is_alternative(before, part) else self.condition(part) for before, part in pairs)
        return replace(node, conditions=tuple(made))

    def _is_alternative(self, before: ast.Condition | None, node: ast.Condition) -> bool:
        """Report `b` in `x is a or b`, which is a value and not a condition, and `more` in `x is $50 or more`."""
        if not isinstance(node, ast.Holds) or node.ref.name in self.names:
            return False
        if isinstance(before, ast.OneOf):
            left, given = before.left, [*before.options]
        elif isinstance(before, ast.Compare) and before.rest[-1][0] in ("is", "is not"):
            left, given = before.left, [before.rest[-1][1]]
        else:
            return False
        sort, word = self.peek(left), node.ref.name
        if sort is None or not isinstance(left, ast.Ref):
            return False
        if sort.is_quantity and word in _OR_MORE:
            self.say("P101", f"`or {word}` is not said so", node, label=f"write `{left.name} is {_OR_MORE[word]} …`")
            return True
        if word not in sort.values:
            return False
        words = [part.name for part in given if isinstance(part, ast.Ref)]
        self.say(
            "P209", f"`{word}` is a value and no condition: alternatives stand in one list", node,
            label=f"write `{left.name} is one of {', '.join([*words, word])}`",
        )  # fmt: skip
        return True

    # Clauses --------------------------------------------------------------------------------------------------------

    def _branch(self, node: ast.Branch, sort: Sort, name: str) -> ast.Branch:
        return replace(
            node,
            value=self._outcome(node.value, sort, name),
            when=self._when(node.when),
            exceptions=tuple(self._branch(exception, sort, name) for exception in node.exceptions),
            adjustments=tuple(self._adjustment(adjustment, sort, name) for adjustment in node.adjustments),
        )

    def _outcome(self, node: ast.Value | ast.Condition, sort: Sort, name: str) -> ast.Value | ast.Condition:
        if isinstance(node, ast.VALUES):
            return self._of_sort(node, sort, name)
        if sort.type == "bool":
            return self.condition(node)
        self.say("P207", f"`{name}` is {sort}, and this is a condition", node)
        return node

    def _of_sort(self, node: ast.Value, sort: Sort, name: str) -> ast.Value:
        found = self.value(node, sort)
        if found is None:
            return node
        made, other = found
        fits = set(other.values) <= set(sort.values) if sort.type == other.type == "enum" else sort.type == other.type
        if fits:
            return made
        label = unit_missing(node, sort)
        if not label and other.type == "percent" and sort.is_quantity:
            label = "say of what: `10% of …`"
        declared = self.names.get(name)
        self.say(
            "P207", f"`{name}` is {sort}, and this is {other}", node, label=label,
            related=(Related(declared.span, f"`{name}` is declared"),) if declared else (),
        )  # fmt: skip
        return node

    def _adjustment(self, node: ast.Adjustment, sort: Sort, name: str) -> ast.Adjustment:
        when = self._when(node.when)
        if sort.is_quantity:
            return replace(node, amount=self._of_sort(node.amount, sort, name), when=when)
        self.say(
            "P208", f"`{node.operator}` changes an amount, and `{name}` is {sort}", node,
            label="write `except … when …`",
        )  # fmt: skip
        return node


def _last_word(node: ast.Within) -> ast.Place:
    return (node.place[1] - len(node.since), node.place[1])
