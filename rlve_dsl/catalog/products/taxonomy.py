"""What a catalog sells, apart from the products themselves: product types, their attributes and name patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.catalog.products.ids import slug
from rlve_dsl.catalog.products.wishes import Constraint, Op
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BREAK = re.compile(r"[,;|(\[]| [-–—] ")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A title or short name with holes: pieces of text, each followed by the name of what fills the next hole."""

    pieces: tuple[tuple[str, str], ...]

    @staticmethod
    def of(text: str) -> Pattern:
        """The pattern that a template spells; a hole holds one bare name.

        >>> Pattern.of("{brand} mug, {color}").pieces
        (('', 'brand'), (' mug, ', 'color'), ('', ''))
        """
        parts = PLACEHOLDER.split(text) + [""]
        return Pattern(tuple((parts[i], parts[i + 1].strip()) for i in range(0, len(parts), 2)))

    @property
    def names(self) -> tuple[str, ...]:
        """What fills the holes, in order."""
        return tuple(name for _, name in self.pieces if name)

    def filled(self, fillers: Mapping[str, str]) -> str:
        """The text with every hole filled.

        >>> Pattern.of("{brand} mug").filled({"brand": "Orlo"})
        'Orlo mug'
        """
        return "".join(text + (fillers[name] if name else "") for text, name in self.pieces)


NO_BRAND = "unbranded"
"""The brand of an imported product of which none is known; nobody wishes for it."""

_LONGEST = 8


def shortened(title: str) -> str:
    """What a shopper would call a product with this title: all of it up to eight words, else up to its first comma,
    bracket, bar or dash, eight words at most.

    >>> shortened("Kamik Women's Momentum Snow Boot - Waterproof (Black), Size 8")
    "Kamik Women's Momentum Snow Boot"
    """
    if len(title.split()) <= _LONGEST:
        return title.strip()
    head = _BREAK.split(title.strip(), maxsplit=1)[0].strip() or title.strip()
    return " ".join(head.split()[:_LONGEST])


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of a product type; a product holds an index into `values`."""

    name: str
    type: str
    values: Sequence[str | int | float | bool]
    op: Op
    says: Pattern
    unit: str = ""

    def wish(self, value: Any) -> Constraint:
        """The wish for this value, or a better one where the attribute is wanted so."""
        return Constraint(field=self.name, op=self.op, value=value, says=self.says.filled({"value": show(value, ANY)}))

    def label(self, code: int) -> str:
        """A value as the label of a variant, with its unit."""
        text = show(self.values[code], ANY)
        return f"{text} {self.unit}" if self.unit else text


@dataclass(frozen=True, slots=True)
class VariantPool:
    """Variants differ in the attribute at `slot`; a product has between `low` and `high`, its own value first.

    `choices` are the codes of the values that the type comes in; all of the attribute's when empty.
    """

    slot: int
    low: int
    high: int
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product type. The attribute at index j fills slot j of its products."""

    type: str
    department: str
    noun: str
    short_name: Pattern
    title: Pattern
    attributes: tuple[Attribute, ...]
    variants: VariantPool | None
    restricted: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes' names, in order."""
        return tuple(a.name for a in self.attributes)

    def options(self, own: int, count: int) -> tuple[tuple[str, str, str], ...]:
        """What a product whose value of the variants' attribute is `own` comes in: the first `count` options, its own first,
        each as the attribute's name, a label, and the label as the end of an id. () where it comes in nothing else."""
        if self.variants is None:
            return ()
        attribute = self.attributes[self.variants.slot]
        choices = self.variants.choices or range(len(attribute.values))
        if own not in choices:  # an imported product of which the attribute is not known
            return ()
        first = choices.index(own)
        labels = [attribute.label(code) for code in (*choices[first:], *choices[:first])[: max(0, count)]]
        return tuple((attribute.name, label, slug(label)) for label in labels)

    def slot(self, name: str) -> int:
        """Where an attribute's values are; ValueError when the type has no such attribute."""
        return self.names.index(name)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The tables that a catalog's codes point into; a kind is all of a shelf or one product line of it."""

    shelves: tuple[Shelf, ...]
    brands: Sequence[str]
    kinds: Sequence[str]
    kind_lines: Sequence[str]

    @property
    def attributes(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Where each attribute name occurs: (shelf, slot) pairs."""
        found: dict[str, list[tuple[int, int]]] = {}
        for s, shelf in enumerate(self.shelves):
            for slot, attribute in enumerate(shelf.attributes):
                found.setdefault(attribute.name, []).append((s, slot))
        return {name: tuple(places) for name, places in found.items()}
