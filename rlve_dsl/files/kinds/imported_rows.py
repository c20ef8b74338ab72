"""`rows:` of a Catalog: products to be imported.

The digest of a catalog depends on the order of the fields of these classes (`rlve_dsl.catalog`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Key, Object, Table
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.paths import DataPath
from rlve_dsl.files.shapes.patterned_text import integer_range
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.texts import Location, Name, TemplateText
from rlve_dsl.files.shapes.words import STRING, Choice, NameShape, TextShape

ATTRIBUTE_NAME = NameShape("an attribute's name")
Wanted = Literal["exactly", "at_least", "at_most"]
WANTED_DOC = "How a wish for it compares (`exactly`)."
WANTED = Choice("a comparison", ("exactly", "at_least", "at_most"))
SAYS_DOC = "How a wish for it is worded; `{value}` is what is wanted."
UNIT_DOC = "The unit of a number."
ABOUT_DOC = "Words by which people ask for it, for a shopper who has a wish about it."
ABOUT = Listed("the words", STRING, empty=False, single=True)
OPTIONS_DOC = "How many."
OPTIONS = integer_range(lambda low, high: (low, high), "a span of numbers", "2..4")


def low_and_high(given: Given, at: FileReader) -> Values:
    """The fields of variants: `options` is the lowest and the highest number of them."""
    low, high = given.values["low"]
    return {**given.values, "low": low, "high": high}


_COLUMN = Listed("columns", STRING, empty=False, single=True)
_SPELLING = NameShape("a text", r"[^\n]*", "a text on one line, in quotes where it would be something else")
_COLUMNS = Object(
    "the columns",
    {
        "id": Key(_COLUMN, "What a product is known by.", required=True),
        "title": Key(_COLUMN, "Its title in the store.", required=True),
        "type": Key(_COLUMN, "Its type: what it is.", required=True),
        "department": Key(_COLUMN, "The department that sells it."),
        "brand": Key(_COLUMN, "Its brand."),
        "price": Key(_COLUMN, "Its price."),
        "rating": Key(_COLUMN, "Its mean rating, in stars up to 5."),
        "reviews": Key(_COLUMN, "How many reviewed it."),
        "in_stock": Key(_COLUMN, "Whether it is in stock."),
        "ships_in": Key(_COLUMN, "The days it takes to ship."),
        "about": Key(_COLUMN, "More words that search reads."),
    },
    lambda given, at: dict(given.values),
)


@record("an imported attribute", keys="from type says values units within wanted unit about")
class ImportedAttribute:
    """An attribute of imported products: the columns it is read from, in order, and what their spellings mean.

    An enum has `values`, canonical value → its spellings; a number has `units`, a unit's spelling → its factor. With
    `within`, a spelling may stand anywhere in the text.
    """

    name: Name
    type: Literal["int", "real", "enum"] = key("Its type.", Choice("an attribute's type", ("int", "real", "enum")))
    columns: tuple[str, ...] = key(
        "Where it is read, the first column that says something known.", _COLUMN, name="from"
    )
    says: TemplateText = key(SAYS_DOC)
    span: Span
    values: Mapping[str, tuple[str, ...]] = key(
        "The values of an enum, each with its other spellings.",
        Table("the values", _SPELLING, Listed("spellings", STRING, single=True)),
        default_factory=dict,
    )
    units: Mapping[str, float] = key(
        "The units of a number, each with what it is multiplied by; an empty one for bare numbers.",
        Table("the units", _SPELLING, Number("a factor", above=0)),
        default_factory=dict,
    )
    within: bool = key("Whether a spelling may stand anywhere in the text.", default=False)
    wanted: Wanted = key(WANTED_DOC, WANTED, default="exactly")
    unit: str = key(UNIT_DOC, default="")
    about: tuple[str, ...] = key(ABOUT_DOC, ABOUT, default=())


@record("imported variants", fill=low_and_high)
class ImportedVariants:
    """Variants made up for imported products: in the first of these attributes that a type comes in several values of."""

    attributes: tuple[Name, ...] = key("What variants differ in.", Listed("attributes", ATTRIBUTE_NAME, empty=False))
    low: int = key(OPTIONS_DOC, OPTIONS, name="options")
    high: int


@record("rows", keys="from format each currency columns attributes variants")
class Rows:
    """Products to be imported: where they are, and which columns hold a product's fields (the first that holds anything)."""

    columns: Mapping[str, tuple[str, ...]] = key("Which columns hold what.", _COLUMNS)
    span: Span
    place: Location | None = key(
        "A file or folder of data, or `hf://owner/name`.", DataPath(), name="from", default=None
    )
    format: str | None = key(
        "The format of the data; its name says it when absent.",
        Choice("a format", ("jsonl", "json", "csv", "parquet", "hf")),
        default=None,
    )
    each: tuple[str, ...] = key(
        "In JSON, the way to the products: `products.variants`.",
        TextShape(lambda text, span: tuple(text.split("."))),
        default=(),
    )
    currency: str = key("The sign of the prices; one with another sign is not taken (`$`).", default="$")
    attributes: Mapping[str, ImportedAttribute] = key(
        "How attributes are normalised.",
        Table("the attributes", ATTRIBUTE_NAME, shape_of(ImportedAttribute)),
        default_factory=dict,
    )
    variants: ImportedVariants | None = key(
        "Some products of a type come in variants, which are made up.", default=None
    )
