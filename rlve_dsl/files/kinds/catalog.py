"""`kind: Catalog`.

The digest of a catalog depends on the order of the fields of these classes (`rlve_dsl.catalog`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC
from rlve_dsl.files.kinds.imported_rows import (
    ABOUT,
    ABOUT_DOC,
    ATTRIBUTE_NAME,
    OPTIONS,
    OPTIONS_DOC,
    SAYS_DOC,
    UNIT_DOC,
    WANTED,
    WANTED_DOC,
    Rows,
    Wanted,
    low_and_high,
)
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Table
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.patterned_text import MONEY
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import Name, TemplateText, Text
from rlve_dsl.files.shapes.words import SCALAR, STRING, Choice, NameShape, PrimitiveName
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode, described, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_WORDS = Listed("words", STRING)
_TYPE_NAME = NameShape("a type's name")
_EMBEDDER = PrimitiveName("embedder", lambda vocabulary: vocabulary.embedders)
_SOURCE = PrimitiveName("catalog source", lambda vocabulary: vocabulary.sources)


@frozen
class EmbedderName:
    """The name of an embedder, or `owner/name` of a model."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Name | None:
        if isinstance(node, ScalarNode) and "/" in node.text:
            return Name(node.text, node.span)
        return _EMBEDDER.read(node, at, key)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        known = writer.vocabulary.embedders
        if known is None:
            return {"type": "string"}
        return {"anyOf": [{"enum": list(known)}, {"type": "string", "pattern": "/"}]}


def _typed_values(given: Given, at: FileReader) -> Values:
    nodes: tuple[ScalarNode, ...] | None = given.values.get("values")
    kind = given.values["type"]
    if nodes is None and kind != "bool" and not at.partial:
        at.error("S104", f"an attribute of type {kind} needs `values`", given.head)
    values = (False, True) if nodes is None else tuple(_value(node, kind, at) for node in nodes)
    return {**given.values, "values": values}


def _value(node: ScalarNode, kind: str, at: FileReader) -> str | int | float | bool | None:
    value = resolve(node)
    if kind == "enum":
        return node.text
    if isinstance(value, bool) or kind == "bool":
        if isinstance(value, bool) and kind == "bool":
            return value
    elif kind == "real" and isinstance(value, int | float):
        return float(value)
    elif kind == "int" and isinstance(value, int):
        return value
    at.error("S106", f"{described(node)} is not a value of type {kind}", node.span)
    return None


@record("an attribute", fill=_typed_values)
class Attribute:
    """A property of a product type, how a wish for it is compared and how it is said (`says` has `{value}`)."""

    name: Name
    type: Literal["int", "real", "enum", "bool"] = key(
        "Its type.", Choice("an attribute's type", ("int", "real", "enum", "bool"))
    )
    values: tuple[str | int | float | bool, ...] = key(
        "The pool that products draw from.", Listed("the values", SCALAR), default=()
    )
    wanted: Wanted = key(WANTED_DOC, WANTED, default="exactly")
    says: TemplateText = key(SAYS_DOC)
    span: Span
    unit: str = key(UNIT_DOC, default="")
    about: tuple[str, ...] = key(ABOUT_DOC, ABOUT, default=())


@record("a price")
class PriceRange:
    """A lognormal price: median in cents and the standard deviation of its logarithm."""

    median_cents: int = key("The median price.", MONEY, name="median")
    spread: float = key("Standard deviation of its logarithm.", Number("a spread", low=0, high=3))


@record("variants", fill=low_and_high)
class VariantPool:
    """Which attribute a product's variants differ in, and between how many options."""

    attribute: Name = key("What variants differ in.", ATTRIBUTE_NAME)
    low: int = key(OPTIONS_DOC, OPTIONS, name="options")
    high: int


@record("a product type", keys="short_name title noun price attributes variants restricted weight brands")
class ProductType:
    """A type of product: its name patterns, price and attributes; `weight` is its relative share of a catalog."""

    name: Name
    short_name: TemplateText = key("What a shopper calls it; attributes in braces.")
    title: TemplateText = key("Its title in the store; attributes and `{brand}` in braces.")
    price: PriceRange = key("What it costs (lognormal).")
    attributes: Mapping[str, Attribute] = key("", Table("the attributes", ATTRIBUTE_NAME, shape_of(Attribute)))
    span: Span
    noun: Text | None = key("The noun phrase of the type; its name with spaces when absent.", default=None)
    variants: VariantPool | None = key("Some products of the type come in variants.", default=None)
    restricted: bool = key("Not to be sold to a shopper who did not ask for it.", default=False)
    weight: float = key(
        "Its share of the catalog, relative to other types (1).", Number("a weight", above=0), default=1.0
    )
    brands: tuple[str, ...] = key("Its brands; the department's when absent.", _WORDS, default=())


@record("a department", keys="brands types")
class Department:
    """A shelf of product types with the brands that sell there."""

    name: Name
    types: Mapping[str, ProductType] = key(
        "Product types by name.", Table("the types", _TYPE_NAME, shape_of(ProductType), empty=False)
    )
    span: Span
    brands: tuple[str, ...] = key("The brands that sell here.", _WORDS, default=())


@record("a project")
class Project:
    """Something a shopper sets out to do, and the product types it needs."""

    name: Name
    title: Text = key("What the shopper sets out to do.")
    needs: tuple[Name, ...] = key("The product types it takes.", Listed("what it needs", _TYPE_NAME, empty=False))
    span: Span


def _prefix_or_words(given: Given, at: FileReader) -> Values:
    if len(given.values) != 1:
        at.error("S119", "`ids` takes either `prefix` or `words`", given.head)
    return given.values


@record("ids", fill=_prefix_or_words)
class Ids:
    """How product ids are made: `prefix` and a number, or words drawn in order (one word, then two joined by `-`)."""

    prefix: str = key("What comes before the number.", default="P")
    words: tuple[str, ...] = key("Ids made of words instead.", Listed("the words", STRING, empty=False), default=())


def _departments_or_rows(given: Given, at: FileReader) -> Values:
    if "rows" not in given.values and "departments" not in given.values and not at.partial:
        at.error("S104", "a catalog needs `departments`, or `rows` to import", given.head)
    return {"size": 0, **given.values} if "rows" in given.values else given.values


@record(
    "a catalog",
    fill=_departments_or_rows,
    keys="name plugins source embedder size seed ids lines departments rows projects",
)
class Catalog:
    """`kind: Catalog`; `size` 0 stands for as many products as there are."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    source: Name = key("Where rows come from.", _SOURCE)
    span: Span
    departments: Mapping[str, Department] = key(
        "Departments by name.",
        Table("the departments", NameShape("a department's name"), shape_of(Department), empty=False),
        default_factory=dict,
    )
    rows: Rows | None = key("Products to import, in the place of departments.", default=None)
    size: int = key(
        "How many products.", Number("a number of products", whole=True, low=1, high=10_000_000), default=1000
    )
    seed: int = key("What all products are drawn from.", Number("a seed", whole=True, low=0), default=0)
    lines: tuple[str, ...] = key("Names of product lines, which split a big type into kinds.", _WORDS, default=())
    ids: Ids = key("How product ids are made.", default=Ids())
    projects: Mapping[str, Project] = key(
        "Things to do that take several product types.",
        Table("the projects", NameShape("a project's name"), shape_of(Project)),
        default_factory=dict,
    )
    embedder: Name | None = key(
        "What search reads products with (`static`); a sentence-transformers model as `owner/name`.",
        EmbedderName(),
        default=None,
    )
