"""Shapes of numbers and of `true` and `false`."""

from __future__ import annotations

import math
import re
from dataclasses import field

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode, described, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_SHARE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%")


@frozen
class Number:
    """A number: whole or real, within bounds (`above` is exclusive)."""

    what: str
    whole: bool = field(default=False, kw_only=True)
    low: float | None = field(default=None, kw_only=True)
    high: float | None = field(default=None, kw_only=True)
    above: float | None = field(default=None, kw_only=True)

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> float | None:
        value = number_of(node)
        if value is None or (self.whole and not value.is_integer()):
            share = _SHARE.fullmatch(node.text) if isinstance(node, ScalarNode) and not self.whole else None
            label = f"write `{float(share[1]) / 100:.12g}`" if share else ""
            at.unexpected(f"{self.what} (a {'whole ' * self.whole}number)", node, key, label=label)
            return None
        wrong = (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
            or (self.above is not None and value <= self.above)
        )
        if wrong:
            subject = "this" if key is None else f"`{key.text}`"
            at.error("S106", f"{subject} cannot be {described(node)}", node.span, label=self._bounds())
            return None
        return int(value) if self.whole else value

    def _bounds(self) -> str:
        bounds = (("above", self.above), ("at least", self.low), ("at most", self.high))
        return f"{self.what} is {' and '.join(f'{word} {_digits(b)}' for word, b in bounds if b is not None)}"

    def schema(self, writer: SchemaWriter) -> JsonObject:
        bounds = (("minimum", self.low), ("maximum", self.high), ("exclusiveMinimum", self.above))
        return {"type": "integer" if self.whole else "number", **{name: b for name, b in bounds if b is not None}}


def number_of(node: Node) -> float | None:
    """The finite number that a scalar stands for, or None."""
    value = resolve(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _digits(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


@frozen
class YesNo:
    """`true` or `false`."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> bool | None:
        value = resolve(node) if isinstance(node, ScalarNode) else None
        if not isinstance(value, bool):
            at.unexpected("`true` or `false`", node, key)
            return None
        return value

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "boolean"}


YES_NO = YesNo()
