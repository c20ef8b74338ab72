"""Values in rules: what their names mean, their sorts, and what to say about those with a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.checking.sorts import Declared, Sort, comparable
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.foreign import foreign_in
from rlve_dsl.quantities import with_unit

BOOL, DAYS, PERCENT = Sort("bool"), Sort("days"), Sort("percent")
TRUTHS = {"true": "yes", "false": "no", "True": "yes", "False": "no"}
# what people write, and what to write instead
_ADVICE = {
    "half": "write `50% of …`", "double": "write `2 * …`", "twice": "write `2 * …`", "quarter": "write `25% of …`",
    "today": "rules know no calendar: name a fact that counts days", "now": "rules know no calendar: name a fact that counts days",
    "unlimited": "write an amount that nothing reaches", "infinite": "write an amount that nothing reaches",
    "forever": "write an amount that nothing reaches", "never": "write an amount, or `no`", "always": "write an amount, or `yes`",
    "free": "write `$0`", "nothing": "write `$0`, `0 days` or `0%`", "zero": "write `$0`, `0 days` or `0%`",
}  # fmt: skip


@frozen
class Values:
    """The checker of values.

    Attributes:
        names: The facts and decisions that rules may use.
        events: For each event, the fact that counts days since then.
        at: Gives the place of a part of the text in its file.
        diagnostics: Receives all problems.
        facts_only: Decisions may not be used.
    """

    names: Mapping[str, Declared]
    events: Mapping[str, str]
    at: Callable[[ast.Place], Span]
    diagnostics: Diagnostics
    facts_only: bool = False

    def say(
        self, code: str, message: str, node: ast.Node, *,
        label: str = "", help: str = "", related: tuple[Related, ...] = (),
    ) -> None:  # fmt: skip
        """Add an error at a node."""
        self.diagnostics.error(code, message, self.at(node.place), label=label, help=help, related=related)

    def peek(self, node: ast.Value) -> Sort | None:
        """The sort of a value, or None when it depends on what is expected. Reports nothing."""
        match node:
            case ast.Ref(name=name):
                return self.names[name].sort if name in self.names else None
            case ast.Arithmetic(operator="*", left=left, right=right):
                sorts = [sort for sort in (self.peek(left), self.peek(right)) if sort is not None]
                return max(sorts, key=lambda sort: (sort.type == "money", sort.type != "number"), default=None)
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
        """Check a value.

        Args:
            node: The value as parsed.
            expected: The sort that the place wants; a bare word may be a value of this enum.

        Returns:
            The value with its names resolved, and its sort; None when it has a mistake.
        """
        match node:
            case ast.Amount(value=str(word), unit="text") if expected is not None and expected.type == "enum":
                return self._word(node, word, expected)
            case ast.Amount(unit="word"):
                if expected is not None and expected.type == "enum" and node.value in expected.values:
                    self.say("P205", f"`{node.value}` means a condition", node, label=f'write `"{node.value}"`')
                    return None
                return node, BOOL
            case ast.Amount(noun=noun) if noun:
                return self._counted(node, noun, expected)
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

    def _counted(self, node: ast.Amount, noun: str, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        """`24 items`: a number with the unit of a fact or decision."""
        units = {word: declared for declared in self.names.values() for word in declared.sort.unit}
        if noun not in units:
            written = f"{node.value} {noun}"
            if (foreign := foreign_in(written)) is not None:
                self.say(foreign.code, foreign.message, node, label=foreign.label)
            else:
                self.say(
                    "P201", f"there is no unit `{noun}`", node, label=did_you_mean(noun, units),
                    help="" if units else "a number may have one: `{type: number, unit: items}`",
                )  # fmt: skip
            return None
        if expected is not None and expected.unit and noun not in expected.unit:
            self.say("P214", f"`{expected.of}` counts {expected.unit[-1]}, not {noun}", node)
            return None
        return node, Sort("number")

    def _ref(self, node: ast.Ref, name: str, expected: Sort | None) -> tuple[ast.Value, Sort] | None:
        declared = self.names.get(name)
        if declared is not None and self._is_barred(node, declared):
            return None
        if expected is not None and name in expected.values:
            if declared is None:
                return ast.Amount(name, "word", place=node.place), expected
            if not comparable(declared.sort, expected):
                self.say(
                    "P205", f"`{name}` is both a value of `{expected.of}` and a name of its own", node,
                    label=f'write `"{name}"` for the value', related=(Related(declared.span, f"`{name}` is declared"),),
                )  # fmt: skip
                return None
        if declared is not None:
            return node, declared.sort
        if expected is not None and expected.type == "enum" and "." not in name:
            return self._word(node, name, expected)
        self._unknown(node, expected)
        return None

    def declared(self, node: ast.Ref) -> Declared | None:
        """The fact or decision that a name means; None, with a problem, when there is none."""
        declared = self.names.get(node.name)
        if declared is None:
            self._unknown(node, None)
        return None if declared is None or self._is_barred(node, declared) else declared

    def _is_barred(self, node: ast.Ref, declared: Declared) -> bool:
        """Report a decision where only facts may be used."""
        if not self.facts_only or declared.is_fact:
            return False
        self.say("P201", f"an assumption is about facts, and `{node.name}` is a decision", node)
        return True

    def _unknown(self, node: ast.Ref, expected: Sort | None) -> None:
        if node.name in TRUTHS:
            self.say("P101", f"there is no `{node.name}`", node, label=f"write `{TRUTHS[node.name]}`")
            return
        near = _ADVICE.get(node.name, "")
        if not near and not self.diagnostics.are_enough:
            near = did_you_mean(node.name.lower(), self.names)
        last = [name for name in self.names if name.rpartition(".")[2] == node.name.rpartition(".")[2]]
        if len(last) == 1:
            near = f"did you mean `{last[0]}`?"
        if not near and expected is not None and expected.type == "text":
            near = f'a text stands in quotes: `"{node.name}"`'
        group = [f"`{name}`" for name in self.names if name.startswith(f"{node.name}.")]
        if group:
            message = f"`{node.name}` is no fact, but the beginning of some"
            self.say("P201", message, node, label="write the whole name", help=f"its facts: {', '.join(group)}")
            return
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
        if node.operator == "-" and is_plain(node.left) and is_plain(node.right):
            self.say(
                "P208", "this subtracts one plain amount from another", node,
                label="write `is between a and b` for a range, or the difference itself",
            )  # fmt: skip
            return None
        if node.operator == "*":
            if "number" in (a.type, b.type):
                return made, b if a.type == "number" else a
            if {a.type, b.type} == {"days", "money"}:  # money for each day
                return made, a if a.type == "money" else b
            label = "write `p% of m` for a share" if PERCENT in (a, b) else "one of the two is a plain number"
            self.say("P208", f"cannot multiply {a.short} by {b.short}", node, label=label)
            return None
        if a.type != b.type:
            at_fault, wanted = (node.left, b) if is_plain(node.left) and not is_plain(node.right) else (node.right, a)
            self.say("P214", f"cannot {word} {a.short} and {b.short}", at_fault, label=unit_missing(at_fault, wanted))
            return None
        return made, a

    def _hyphenated(self, node: ast.Arithmetic) -> bool:
        """Report `return-window` where `return_window` is a name."""
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
                     label=unit_missing(node.percent, PERCENT))  # fmt: skip
            return None
        if not of[1].is_quantity:
            self.say("P208", f"there is no share of {of[1].short}", node.of)
            return None
        return replace(node, percent=percent[0], of=of[0]), of[1]


def is_plain(node: ast.Value) -> bool:
    """Whether a value is an amount as written."""
    return isinstance(node, ast.Amount)


def unit_missing(node: ast.Value, wanted: Sort) -> str:
    """What to write instead of a number without its unit or with another, or an empty string."""
    if isinstance(node, ast.Amount) and node.unit == "number" and wanted.type in ("money", "days", "percent"):
        return f"write a unit: `{with_unit(str(node.value), wanted.type)}`"
    if isinstance(node, ast.Amount) and node.unit == "text" and wanted.is_quantity:
        return "amounts stand without quotes"
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
