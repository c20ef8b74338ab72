"""Checks of a declaration of rows to import, beyond the form of its file, and of the wording of any attribute."""

from __future__ import annotations

from rlve_dsl.catalog.products.product import PRODUCT
from rlve_dsl.catalog.products.taxonomy import PLACEHOLDER
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.files import kinds

_TAKEN = frozenset((*PRODUCT.names, "noun", "line"))


def check_rows(spec: kinds.Catalog, rows: kinds.Rows, diagnostics: Diagnostics) -> None:
    """Add every problem that prevents rows from being imported, or makes their attributes absurd."""
    if spec.source.text == "generated":
        diagnostics.error(
            "R620", "a generated catalog imports no `rows`", spec.source.span, label="write `rows` to import them"
        )
    unread: list[kinds.Department | kinds.Project] = [*spec.departments.values(), *spec.projects.values()]
    if unread:
        key = "departments" if spec.departments else "projects"
        diagnostics.error(
            "R620", f"a catalog with `rows` takes no `{key}`", unread[0].name.span,
            help="departments and types are read from columns",
        )  # fmt: skip
    if rows.each and rows.format not in (None, "json"):
        diagnostics.error("R620", f"`each` is for json, not for {rows.format}", rows.span)
    for attribute in rows.attributes.values():
        check_wording(attribute, diagnostics)
        _spellings(attribute, diagnostics)
    _variants(rows, diagnostics)


def _spellings(a: kinds.ImportedAttribute, diagnostics: Diagnostics) -> None:
    name, number = a.name.text, a.type != "enum"
    wanted, other = ("units", "values") if number else ("values", "units")
    if not getattr(a, wanted):
        diagnostics.error("R622", f"attribute `{name}` of type {a.type} needs `{wanted}`", a.name.span)
    if getattr(a, other):
        diagnostics.error("R622", f"attribute `{name}` of type {a.type} takes no `{other}`", a.name.span)
    if number and a.within and "" in a.units:
        diagnostics.error(
            "R622", f"attribute `{name}` cannot find a bare number within a text", a.name.span,
            help="leave out the empty unit, or `within`",
        )  # fmt: skip
    means: dict[str, str] = {}
    for value, others in a.values.items():
        for spelling in dict.fromkeys(text.casefold() for text in (value, *others)):
            before = means.setdefault(spelling, value)
            if before != value:
                diagnostics.error(
                    "R622", f"attribute `{name}`: `{spelling}` is a spelling of `{before}` and of `{value}`", a.span
                )
            if not spelling.strip():
                diagnostics.error("R622", f"attribute `{name}`: `{value}` has an empty spelling", a.span)


def _variants(rows: kinds.Rows, diagnostics: Diagnostics) -> None:
    if rows.variants is None:
        return
    for name in rows.variants.attributes:
        attribute = rows.attributes.get(name.text)
        if attribute is None or attribute.type != "enum":
            enums = [n for n, a in rows.attributes.items() if a.type == "enum"]
            diagnostics.error(
                "R605", f"`variants` names `{name.text}`, which is no enum attribute of these rows", name.span,
                label=did_you_mean(name.text, enums), help=f"it may name: {', '.join(enums)}" if enums else "",
            )  # fmt: skip
    if rows.variants.low < 2:
        diagnostics.error(
            "R610", f"products cannot come in {rows.variants.low}..{rows.variants.high} options",
            rows.variants.attributes[0].span, label="from 2 up",
        )  # fmt: skip


def check_wording(a: kinds.Attribute | kinds.ImportedAttribute, diagnostics: Diagnostics) -> None:
    """Add the problems of an attribute's name, and of how a wish for it is compared and worded."""
    name = a.name.text
    if name in _TAKEN:
        diagnostics.error("R606", f"attribute `{name}` has the name of a field that every product has", a.name.span)
    if a.wanted != "exactly" and a.type in ("enum", "bool"):
        diagnostics.error(
            "R608",
            f"attribute `{name}` has no order, and cannot be wanted `{a.wanted}`",
            a.name.span,
            help="only int and real attributes have an order",
        )
    holes = [hole.group(1).strip() for hole in PLACEHOLDER.finditer(a.says.text)]
    if "value" not in holes:
        diagnostics.error(
            "R609",
            f"`says` of attribute `{name}` does not say the value",
            a.says.span,
            label="write `{value}` where it belongs",
            help="what a product has or lacks is best two values: "
            '`values: ["with a lid", "without a lid"], says: "{value}"`',
        )
    for other in sorted(set(holes) - {"value"}):
        diagnostics.error(
            "R609", f"`says` of attribute `{name}` names `{other}`, and may name only `value`", a.says.span
        )
