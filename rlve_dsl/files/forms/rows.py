"""`rows:` of a Catalog: products to be imported."""

from __future__ import annotations

from rlve_dsl.files.kinds import ImportedAttribute, ImportedVariants, Rows
from rlve_dsl.files.notations import span_of_integers
from rlve_dsl.files.paths import DataPath
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import STRING, TEMPLATE, Choice, NameShape, Number, YesNo
from rlve_dsl.files.shapes import Field, Given, Listed, Object, Table

FORMATS = ("jsonl", "json", "csv", "parquet", "hf")
COLUMN = Listed("columns", STRING, empty=False, single=True)
SPELT = NameShape("a text", r"[^\n]*", "a text on one line, in quotes where it would be something else")


def _field(doc: str, required: bool = False) -> Field:
    return Field(COLUMN, doc, required=required)


COLUMNS = Object(
    "the columns",
    {
        "id": _field("What a product is known by.", required=True),
        "title": _field("Its title in the store.", required=True),
        "type": _field("Its type: what it is.", required=True),
        "department": _field("The department that sells it."),
        "brand": _field("Its brand."),
        "price": _field("Its price."),
        "rating": _field("Its mean rating, in stars up to 5."),
        "reviews": _field("How many reviewed it."),
        "in_stock": _field("Whether it is in stock."),
        "ships_in": _field("The days it takes to ship."),
        "about": _field("More words that search reads."),
    },
    lambda given, at: dict(given.values),
)


def _attribute(given: Given, at: Reader) -> ImportedAttribute:
    return ImportedAttribute(**given.values, span=given.span)


ATTRIBUTE = Object(
    "an imported attribute",
    {
        "from": Field(
            COLUMN, "Where it is read, the first column that says something known.", into="columns", required=True
        ),
        "type": Field(Choice("an attribute's type", ("int", "real", "enum")), "Its type.", required=True),
        "says": Field(TEMPLATE, "How a wish for it is worded; `{value}` is what is wanted.", required=True),
        "values": Field(
            Table("the values", SPELT, Listed("spellings", STRING, single=True)),
            "The values of an enum, each with its other spellings.",
        ),
        "units": Field(
            Table("the units", SPELT, Number("a factor", above=0)),
            "The units of a number, each with what it is multiplied by; an empty one for bare numbers.",
        ),
        "within": Field(YesNo(), "Whether a spelling may stand anywhere in the text."),
        "wanted": Field(
            Choice("a comparison", ("exactly", "at_least", "at_most")), "How a wish for it compares (`exactly`)."
        ),
        "unit": Field(STRING, "The unit of a number."),
    },
    _attribute,
)


def _variants(given: Given, at: Reader) -> ImportedVariants:
    low, high = given.values["options"]
    return ImportedVariants(given.values["attributes"], low, high)


def _rows(given: Given, at: Reader) -> Rows:
    values = dict(given.values)
    values["each"] = tuple(values["each"].split(".")) if "each" in values else ()
    return Rows(**values, span=given.span)


ROWS = Object(
    "rows",
    {
        "from": Field(DataPath(), "A file or folder of data, or `hf://owner/name`.", into="place"),
        "format": Field(Choice("a format", FORMATS), "The format of the data; its name says it when absent."),
        "each": Field(STRING, "In JSON, the way to the products: `products.variants`."),
        "currency": Field(STRING, "The sign of the prices; one with another sign is not taken (`$`)."),
        "columns": Field(COLUMNS, "Which columns hold what.", required=True),
        "attributes": Field(
            Table("the attributes", NameShape("an attribute's name"), ATTRIBUTE), "How attributes are normalised."
        ),
        "variants": Field(
            Object(
                "imported variants",
                {
                    "attributes": Field(
                        Listed("attributes", NameShape("an attribute's name"), empty=False),
                        "What variants differ in.",
                        required=True,
                    ),
                    "options": Field(
                        span_of_integers(lambda low, high: (low, high), "a span of numbers", "2..4"),
                        "How many.",
                        required=True,
                    ),
                },
                _variants,
            ),
            "Some products of a type come in variants, which are made up.",
        ),
    },
    _rows,
)
