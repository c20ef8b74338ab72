"""`kind: Reward`."""

from __future__ import annotations

from dataclasses import dataclass

from rlve_dsl.files.forms.axes import FILE_NAME
from rlve_dsl.files.kinds import Reward, Term
from rlve_dsl.files.nodes import ListNode, Node, ScalarNode
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, Choice, NameShape, Number
from rlve_dsl.files.shapes import Field, Object, Schema, Sheet, Table, into


@dataclass(frozen=True, slots=True)
class Range:
    """`[low, high]`."""

    number: Number

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> tuple[float, float] | None:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            more = "a list adds to the one it extends; `!replace [-1, 1]` replaces it" if at.extended else ""
            at.unexpected("two numbers, `[-1, 1]`", node, key, help=more)
            return None
        low, high = (self.number.read(item, at, key) for item in node.items)
        if low is not None and high is not None and low >= high:
            at.error("S106", "a range ends above where it begins", node.span)
        return (low, high) if low is not None and high is not None else None

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "array", "items": self.number.schema(sheet), "minItems": 2, "maxItems": 2}


TERM = Object(
    "a reward term",
    {
        "weight": Field(Number("a weight"), "What the term is multiplied by.", required=True),
        "value": Field(EXPRESSION, "The term's value.", required=True),
    },
    into(Term),
)

REWARD = Object(
    "a file of kind Reward",
    {
        "name": FILE_NAME,
        "range": Field(Range(Number("a number")), "The sum of the terms is clipped to this.", required=True),
        "let": Field(Table("let", NameShape("a name"), EXPRESSION), "Values that the terms share."),
        "terms": Field(
            Table("the terms", NameShape("a term's name"), TERM, empty=False), "Weighted terms by name.", required=True
        ),
        "correct_when": Field(EXPRESSION, "When an episode passes; `correct` is what its environment says."),
        "hard_failures": Field(
            Table(
                "the hard failures",
                Choice("a hard failure", ("malformed_action", "illegal_call", "forbidden")),
                Number("a reward"),
            ),
            "The reward of an episode that ends this way, whatever the terms say.",
        ),
    },
    into(Reward),
)
