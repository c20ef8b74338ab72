"""Names, types and units of a clause: every name resolved, every enum's value made a word, every mistake told.

A function that has told a mistake returns None; what is left is checked all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rlve_dsl.diagnostics import Related, did_you_mean
from rlve_dsl.policy.checking.sorts import Sort, comparable
from rlve_dsl.policy.checking.values import DAYS, TRUTHS, Values, is_plain, unit_missing
from rlve_dsl.policy.language import ast

_WORDS: Mapping[str, Mapping[str, str]] = {
    "over": {">": "over", "<": "under", ">=": "at least", "<=": "at most"},
    "than": {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"},
}
_OR_MORE = {
    **dict.fromkeys(("more", "greater", "higher", "above", "later", "longer"), "at least"),
    **dict.fromkeys(("less", "fewer", "lower", "below", "earlier", "shorter"), "at most"),
}


@dataclass(frozen=True, slots=True)
class Checker(Values):
    """The checks of conditions and clauses, over those of values."""

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
                return node if self.declared(ref) is not None else None
            case ast.Not(condition=inner):
                made = self.condition(inner)
                return None if made is None else replace(node, condition=made)
            case ast.Joined():
                return self._joined(node)

    def _compare(self, node: ast.Compare) -> ast.Condition | None:
        words = _WORDS.get(node.wording, {})
        ordering = [words.get(sign, sign) for sign, _ in node.rest if sign not in ("is", "is not")]
        parts = self._alike([node.left, *(right for _, right in node.rest)], node, ordered=next(iter(ordering), ""))
        if parts is None:
            return None
        signs = [sign for sign, _ in node.rest]
        return replace(node, left=parts[0], rest=tuple(zip(signs, parts[1:], strict=True)))

    def _alike(self, values: Sequence[ast.Value], node: ast.Node, ordered: str = "") -> list[ast.Value] | None:
        """Values that are compared with the first of them."""
        expected = next((sort for value in values if (sort := self.peek(value)) is not None), None)
        sound: list[tuple[ast.Value, tuple[ast.Value, Sort]]] = []
        for value in values:
            pair = self.value(value, expected)
            if pair is not None:
                sound.append((value, pair))
            elif expected is None:  # nobody knows what the others should have been
                return None
        if len(sound) < len(values):
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
        at_fault = left if is_plain(left) and not is_plain(right) else right
        values = next((sort for sort in (a, b) if sort.type == "enum"), None)
        wanted, found = (b, left) if at_fault is left else (a, right)
        self.say(
            "P214", f"cannot compare {a.short} with {b.short}", at_fault, label=unit_missing(found, wanted),
            related=(*self._origin(left, a), *self._origin(right, b)),
            help=f"its values: {', '.join(values.values)}" if values and a.type != b.type else "",
        )  # fmt: skip

    def _origin(self, node: ast.Value, sort: Sort) -> list[Related]:
        declared = self.names.get(node.name) if isinstance(node, ast.Ref) else None
        return [Related(declared.span, f"`{declared.name}` is {sort}")] if declared else []

    def _within(self, node: ast.Within) -> ast.Condition | None:
        amount = self.value(node.amount, DAYS)
        sound = amount is not None
        if amount is not None and amount[1].type != "days":
            self.say("P207", f"a number of days is wanted here, not {amount[1]}", node.amount,
                     label=unit_missing(node.amount, DAYS))  # fmt: skip
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
        if ref.name in TRUTHS and ref.name not in self.names:
            self.say("P101", f"there is no `{ref.name}`", ref, label="name a fact that is yes or no")
            return None
        declared = self.declared(ref)
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
            related=(Related(declared.span, "declared here"),),
        )  # fmt: skip
        return None

    def _joined(self, node: ast.Joined) -> ast.Condition | None:
        made: list[ast.Condition | None] = []
        for before, condition in zip([None, *node.conditions], node.conditions, strict=False):
            made.append(None if self._is_alternative(before, condition) else self.condition(condition))
        sound = [condition for condition in made if condition is not None]
        return replace(node, conditions=tuple(sound)) if len(sound) == len(made) else None

    def _is_alternative(self, before: ast.Condition | None, node: ast.Condition) -> bool:
        """Says of `b` in `x is a or b` that it is a value and no condition; and of `more` in `x is $50 or more`."""
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
        label = unit_missing(node, sort)
        if not label and other.type == "percent" and sort.is_quantity:
            label = "say of what: `10% of …`"
        declared = self.names.get(name)
        self.say(
            "P207", f"`{name}` is {sort}, and this is {other}", node, label=label,
            related=(Related(declared.span, f"`{name}` is declared"),) if declared else (),
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


def _last_word(node: ast.Within) -> ast.Place:
    return (node.place[1] - len(node.since), node.place[1])
