"""`kind: Catalog`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rlve_dsl.files.forms.axes import FILE_NAME
from rlve_dsl.files.forms.rows import ROWS
from rlve_dsl.files.kinds import (
    Attribute,
    Catalog,
    Department,
    Ids,
    Name,
    PriceRange,
    ProductType,
    Project,
    VariantPool,
)
from rlve_dsl.files.nodes import Node, ScalarNode, described, is_empty, resolve
from rlve_dsl.files.notations import MONEY, span_of_integers
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import STRING, TEMPLATE, TEXT, Choice, Known, NameShape, Number, YesNo
from rlve_dsl.files.shapes import Field, Given, Listed, Object, Schema, Sheet, Table, into, into_spanless

WORDS = Listed("words", STRING)


@dataclass(frozen=True, slots=True)
class AnyScalar:
    """A value of an attribute, kept as typed until the attribute's type is known."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> ScalarNode | None:
        if isinstance(node, ScalarNode) and not is_empty(node):
            return node
        at.unexpected("a value", node, None)
        return None

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True, slots=True)
class EmbedderName:
    """The name of an embedder, or `owner/name` of a model."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Name | None:
        if isinstance(node, ScalarNode) and "/" in node.text:
            return Name(node.text, node.span)
        return Known("embedder", lambda vocabulary: vocabulary.embedders).read(node, at, key)

    def schema(self, sheet: Sheet) -> Schema:
        known = sheet.vocabulary.embedders
        return (
            {"type": "string"}
            if known is None
            else {"anyOf": [{"enum": list(known)}, {"type": "string", "pattern": "/"}]}
        )


def _attribute(given: Given, at: Reader) -> Attribute | None:
    values = dict(given.values)
    nodes: tuple[ScalarNode, ...] | None = values.pop("values", None)
    kind = values["type"]
    if nodes is None and kind != "bool" and not at.partial:
        at.error("S104", f"an attribute of type {kind} needs `values`", given.head)
    made: tuple[Any, ...] = (False, True) if nodes is None else tuple(_value(node, kind, at) for node in nodes)
    return Attribute(values=made, wanted=values.pop("wanted", "exactly"), span=given.span, **values)


def _value(node: ScalarNode, kind: str, at: Reader) -> str | int | float | bool | None:
    value = resolve(node)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "enum":
        return node.text
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "real" and number:
        return float(value)  # type: ignore[arg-type]
    if kind == "int" and isinstance(value, int) and number:
        return value
    at.error("S106", f"{described(node)} is not a value of type {kind}", node.span)
    return None


ATTRIBUTE = Object(
    "an attribute",
    {
        "type": Field(Choice("an attribute's type", ("int", "real", "enum", "bool")), "Its type.", required=True),
        "values": Field(Listed("the values", AnyScalar()), "The pool that products draw from."),
        "wanted": Field(
            Choice("a comparison", ("exactly", "at_least", "at_most")), "How a wish for it compares (`exactly`)."
        ),
        "says": Field(TEMPLATE, "How a wish for it is worded; `{value}` is what is wanted.", required=True),
        "unit": Field(STRING, "The unit of a number."),
    },
    _attribute,
)


def _variants(given: Given, at: Reader) -> VariantPool:
    low, high = given.values["options"]
    return VariantPool(given.values["attribute"], low, high)


PRODUCT_TYPE = Object(
    "a product type",
    {
        "short_name": Field(TEMPLATE, "What a shopper calls it; attributes in braces.", required=True),
        "title": Field(TEMPLATE, "Its title in the store; attributes and `{brand}` in braces.", required=True),
        "noun": Field(TEXT, "The noun phrase of the type; its name with spaces when absent."),
        "price": Field(
            Object(
                "a price",
                {
                    "median": Field(MONEY, "The median price.", into="median_cents", required=True),
                    "spread": Field(
                        Number("a spread", low=0, high=3), "Standard deviation of its logarithm.", required=True
                    ),
                },
                into_spanless(PriceRange),
            ),
            "What it costs (lognormal).",
            required=True,
        ),
        "attributes": Field(Table("the attributes", NameShape("an attribute's name"), ATTRIBUTE), "", required=True),
        "variants": Field(
            Object(
                "variants",
                {
                    "attribute": Field(NameShape("an attribute's name"), "What variants differ in.", required=True),
                    "options": Field(
                        span_of_integers(lambda low, high: (low, high), "a span of numbers", "2..4"),
                        "How many.",
                        required=True,
                    ),
                },
                _variants,
            ),
            "Some products of the type come in variants.",
        ),
        "restricted": Field(YesNo(), "Not to be sold to a shopper who did not ask for it."),
        "weight": Field(Number("a weight", above=0), "Its share of the catalog, relative to other types (1)."),
        "brands": Field(WORDS, "Its brands; the department's when absent."),
    },
    into(ProductType),
)

DEPARTMENT = Object(
    "a department",
    {
        "brands": Field(WORDS, "The brands that sell here."),
        "types": Field(
            Table("the types", NameShape("a type's name"), PRODUCT_TYPE, empty=False),
            "Product types by name.",
            required=True,
        ),
    },
    into(Department),
)


def _ids(given: Given, at: Reader) -> Ids | None:
    if len(given.values) != 1:
        at.error("S119", "`ids` takes either `prefix` or `words`", given.head)
        return None
    return Ids(**given.values)


def _catalog(given: Given, at: Reader) -> Catalog:
    values = dict(given.values)
    if "rows" not in values and "departments" not in values and not at.partial:
        at.error("S104", "a catalog needs `departments`, or `rows` to import", given.head)
    if "rows" in values:
        values.setdefault("size", 0)
    return Catalog(**values, span=given.span)


CATALOG = Object(
    "a catalog",
    {
        "name": FILE_NAME,
        "source": Field(
            Known("catalog source", lambda vocabulary: vocabulary.sources), "Where rows come from.", required=True
        ),
        "embedder": Field(
            EmbedderName(), "What search reads products with (`static`); a sentence-transformers model as `owner/name`."
        ),
        "size": Field(Number("a number of products", whole=True, low=1, high=10_000_000), "How many products."),
        "seed": Field(Number("a seed", whole=True, low=0), "What all products are drawn from."),
        "ids": Field(
            Object(
                "ids",
                {
                    "prefix": Field(STRING, "What comes before the number."),
                    "words": Field(Listed("the words", STRING, empty=False), "Ids made of words instead."),
                },
                _ids,
            ),
            "How product ids are made.",
        ),
        "lines": Field(WORDS, "Names of product lines, which split a big type into kinds."),
        "departments": Field(
            Table("the departments", NameShape("a department's name"), DEPARTMENT, empty=False),
            "Departments by name.",
        ),
        "rows": Field(ROWS, "Products to import, in the place of departments."),
        "projects": Field(
            Table(
                "the projects",
                NameShape("a project's name"),
                Object(
                    "a project",
                    {
                        "title": Field(TEXT, "What the shopper sets out to do.", required=True),
                        "needs": Field(
                            Listed("what it needs", NameShape("a type's name"), empty=False),
                            "The product types it takes.",
                            required=True,
                        ),
                    },
                    into(Project),
                ),
            ),
            "Things to do that take several product types.",
        ),
    },
    _catalog,
)
