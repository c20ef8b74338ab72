"""`kind: Catalog`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import Name, TemplateText, Text


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of a product type, how a wish for it is compared and how it is said (`says` has `{value}`)."""

    name: Name
    type: Literal["int", "real", "enum", "bool"]
    values: tuple[str | int | float | bool, ...]
    wanted: Literal["exactly", "at_least", "at_most"]
    says: TemplateText
    span: Span
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A lognormal price: median in cents and the standard deviation of its logarithm."""

    median_cents: int
    spread: float


@dataclass(frozen=True, slots=True)
class VariantPool:
    """Which attribute a product's variants differ in, and between how many options."""

    attribute: Name
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ProductType:
    """A type of product: its name patterns, price and attributes; `weight` is its relative share of a catalog."""

    name: Name
    short_name: TemplateText
    title: TemplateText
    price: PriceRange
    attributes: Mapping[str, Attribute]
    span: Span
    noun: Text | None = None
    variants: VariantPool | None = None
    restricted: bool = False
    weight: float = 1.0
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A shelf of product types with the brands that sell there."""

    name: Name
    types: Mapping[str, ProductType]
    span: Span
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """Something a shopper sets out to do, and the product types it needs."""

    name: Name
    title: Text
    needs: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Ids:
    """How product ids are made: `prefix` and a number, or words drawn in order (one word, then two joined by `-`)."""

    prefix: str = "P"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where data is: a path, relative to the file that wrote it (`path` is resolved), or an address `hf://owner/name`."""

    text: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class ImportedAttribute:
    """An attribute of imported products: the columns it is read from, in order, and what their spellings mean.

    An enum has `values`, canonical value → its spellings; a number has `units`, a unit's spelling → its factor. With
    `within`, a spelling may stand anywhere in the text.
    """

    name: Name
    type: Literal["int", "real", "enum"]
    columns: tuple[str, ...]
    says: TemplateText
    span: Span
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    within: bool = False
    wanted: Literal["exactly", "at_least", "at_most"] = "exactly"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ImportedVariants:
    """Variants made up for imported products: in the first of these attributes that a type comes in several values of."""

    attributes: tuple[Name, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Products to be imported: where they are, and which columns hold a product's fields (the first that holds anything)."""

    columns: Mapping[str, tuple[str, ...]]
    span: Span
    place: Location | None = None
    format: str | None = None
    each: tuple[str, ...] = ()
    currency: str = "$"
    attributes: Mapping[str, ImportedAttribute] = field(default_factory=dict)
    variants: ImportedVariants | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """`kind: Catalog`; `size` 0 stands for as many products as there are."""

    name: Name
    source: Name
    span: Span
    departments: Mapping[str, Department] = field(default_factory=dict)
    rows: Rows | None = None
    size: int = 1000
    seed: int = 0
    lines: tuple[str, ...] = ()
    ids: Ids = Ids()
    projects: Mapping[str, Project] = field(default_factory=dict)
    embedder: Name | None = None
