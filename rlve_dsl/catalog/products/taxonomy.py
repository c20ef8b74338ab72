"""What a catalog sells, apart from the products themselves: product types, their attributes and name patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rlve_dsl.catalog.products.ids import slug
from rlve_dsl.catalog.products.string_table import NameTable
from rlve_dsl.catalog.products.wishes import Constraint, Op
from rlve_dsl.english import agreeing
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BREAK = re.compile(r"[,;|(\[]| [-–—] ")

NO_BRAND = "unbranded"
"""The brand of an imported product whose brand is not known; nobody wishes for it."""

LINE = "product line"
"""The placeholder for a product's line in the pattern of a generated short name. No attribute has a space in its name."""

_SHORT = 8  # words in a short name

Pattern: TypeAlias = tuple[tuple[str, str], ...]
"""A text with placeholders: pieces of text, each followed by the name in the next placeholder ("" at the end)."""


def pattern_of(text: str) -> Pattern:
    """Parse a template whose placeholders hold one bare name each.

    >>> pattern_of("{brand} mug, {color}")
    (('', 'brand'), (' mug, ', 'color'), ('', ''))
    """
    parts = PLACEHOLDER.split(text) + [""]
    return tuple((parts[i], parts[i + 1].strip()) for i in range(0, len(parts), 2))


def shortened(title: str) -> str:
    """A short name made from a title: the title up to eight words, else its part before a comma, bracket, bar or dash.

    >>> shortened("Kamik Women's Momentum Snow Boot - Waterproof (Black), Size 8")
    "Kamik Women's Momentum Snow Boot"
    """
    if len(title.split()) <= _SHORT:
        return title.strip()
    head = _BREAK.split(title.strip(), maxsplit=1)[0].strip() or title.strip()
    return " ".join(head.split()[:_SHORT])


@frozen
class Attribute:
    """A property of a product type; a product holds an index into `values`. `about` are words by which people ask for it."""

    name: str
    type: str
    values: Sequence[str | int | float | bool]
    op: Op
    says: Pattern
    unit: str = ""
    about: Sequence[str] = ()

    def wish(self, value: Value) -> Constraint:
        """The wish for this value, or for at least or at most this value, as the attribute's `op` says.

        An `a` or `an` before the value follows the value's sound.
        """
        return Constraint(field=self.name, op=self.op, value=value, says=self.worded(show(value, ANY)))

    def worded(self, shown: str) -> str:
        """`says` with a value in words in its place."""
        return "".join(agreeing(text, shown) + shown if name else text for text, name in self.says)

    def label(self, code: int) -> str:
        """A value as the label of a variant: a number has its unit, or the name of what it counts (`size 40`)."""
        text = show(self.values[code], ANY)
        if self.unit:
            return f"{text} {self.unit}"
        return text if self.type in ("enum", "bool") else f"{self.name.replace('_', ' ')} {text}"


Option = tuple[str, str, str]
"""A variant of a product type: the attribute's name, the option's label, and the label as the end of an id."""


@frozen
class VariantPool:
    """Variants differ in the attribute at `slot`; a product has between `low` and `high`, its own value first.

    `choices` are the codes of the values that the type comes in; when empty, all values of the attribute.
    """

    slot: int
    low: int
    high: int
    choices: tuple[int, ...] = ()


@frozen
class ProductType:
    """A product type. The attribute at index j fills slot j of its products."""

    name: str
    department: str
    noun: str
    short_name: Pattern
    title: Pattern
    attributes: tuple[Attribute, ...]
    variants: VariantPool | None
    restricted: bool

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """The attributes' names, in order."""
        return tuple(a.name for a in self.attributes)

    def slot(self, name: str) -> int:
        """Where an attribute's values are; ValueError when the type has no such attribute."""
        return self.attribute_names.index(name)

    def options(self, own: int, count: int) -> tuple[Option, ...]:
        """The options that a product comes in, its own first; () where it comes in one only.

        Args:
            own: The code of the product's own value of the attribute in which its variants differ.
            count: The most options to give.

        """
        if self.variants is None:
            return ()
        attribute = self.attributes[self.variants.slot]
        choices = self.variants.choices or range(len(attribute.values))
        if own not in choices:  # an imported product whose value is not known
            return ()
        first = choices.index(own)
        labels = [attribute.label(code) for code in (*choices[first:], *choices[:first])[: max(0, count)]]
        return tuple((attribute.name, label, slug(label)) for label in labels)


@frozen
class Taxonomy:
    """The tables that a catalog's codes point into. A kind is a whole product type or one product line of it."""

    types: tuple[ProductType, ...]
    brands: NameTable
    kinds: NameTable
    kind_lines: Sequence[str]

    @property
    def attributes(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Where each attribute name occurs: (product type, slot) pairs."""
        found: dict[str, list[tuple[int, int]]] = {}
        for code, product_type in enumerate(self.types):
            for slot, attribute in enumerate(product_type.attributes):
                found.setdefault(attribute.name, []).append((code, slot))
        return {name: tuple(places) for name, places in found.items()}
