"""Checks of a catalog's declaration, beyond the form of its file."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rlve_dsl.catalog.declarations.check_rows import check_rows, check_wording
from rlve_dsl.catalog.declarations.check_words import check_words
from rlve_dsl.catalog.declarations.generate import noun_of
from rlve_dsl.catalog.products.ids import slug
from rlve_dsl.catalog.products.taxonomy import PLACEHOLDER
from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.files import kinds


def check(spec: kinds.Catalog, diagnostics: Diagnostics, *, words: bool = True) -> None:
    """Add every problem that prevents the declaration from being generated or imported, or makes its products absurd.

    Whether the data to import can be read is not checked here. Without `words`, there are no warnings of words that read wrongly.
    """
    if words:
        check_words(spec, diagnostics)
    if spec.rows is not None:
        check_rows(spec, spec.rows, diagnostics)
        return
    if spec.source.text == "rows":
        diagnostics.error("R620", "a catalog of source `rows` needs `rows`", spec.source.span)
    _ids(spec, diagnostics)
    _duplicates("product line", spec.lines, spec.span, diagnostics)
    _names_and_nouns(spec, diagnostics)
    for department in spec.departments.values():
        _duplicates("brand", department.brands, department.span, diagnostics)
        for product_type in department.types.values():
            _type(product_type, department, diagnostics)
    types = {name for department in spec.departments.values() for name in department.types}
    for project in spec.projects.values():
        _project(project, types, diagnostics)


def _ids(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    words = spec.ids.words
    _duplicates("id word", words, spec.span, diagnostics)
    distinct = len(set(words))
    if words and spec.size > distinct * distinct:
        diagnostics.error(
            "R602",
            f"{distinct} id words make {distinct * distinct} ids, too few for {spec.size} products",
            spec.span,
            help="ids are one word, then two joined by `-`: give more words",
        )
    for part in words or (spec.ids.prefix,):
        if not (part.isascii() and part.isalnum()):
            diagnostics.error(
                "R602",
                f"ids cannot be made of `{part}`",
                spec.span,
                help="letters and digits only: `-` stands before the number of a variant",
            )


def _names_and_nouns(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    by_name: dict[str, kinds.Name] = {}
    by_noun: dict[str, kinds.Name] = {}
    for department in spec.departments.values():
        for t in department.types.values():
            name, help = t.name.text, ""
            if (before := by_name.setdefault(name, t.name)) is not t.name:
                message = f"product type `{name}` stands in two departments"
            elif (before := by_noun.setdefault(noun_of(t), t.name)) is not t.name:
                message = f"product types `{before.text}` and `{name}` are both called `{noun_of(t)}`"
                help = "give one of them a `noun` of its own"
            else:
                continue
            first = Related(before.span, "the first is here")
            diagnostics.error("R603", message, t.name.span, related=(first,), help=help)


def _type(t: kinds.ProductType, department: kinds.Department, diagnostics: Diagnostics) -> None:
    _duplicates("brand", t.brands, t.span, diagnostics)
    if not (t.brands or department.brands):
        diagnostics.error(
            "R604",
            f"product type `{t.name.text}` has no brands",
            t.name.span,
            help=f"give `brands` to the type or to department `{department.name.text}`",
        )
    if t.price.spread > 2:
        diagnostics.error(
            "R611",
            f"the price of `{t.name.text}` has a spread of {t.price.spread:g}",
            t.name.span,
            help="a spread of 2 already reaches from a thousandth to a thousandfold of the median",
        )
    allowed = ("brand", "noun", *t.attributes)
    _placeholders("short_name", t.short_name, allowed, diagnostics)
    _placeholders("title", t.title, allowed, diagnostics)
    for attribute in t.attributes.values():
        _attribute(attribute, diagnostics)
    if t.variants is not None:
        _variants(t, t.variants, diagnostics)


def _variants(t: kinds.ProductType, pool: kinds.VariantPool, diagnostics: Diagnostics) -> None:
    attribute = t.attributes.get(pool.attribute.text)
    if attribute is None:
        diagnostics.error(
            "R605",
            f"`variants` names `{pool.attribute.text}`, which is no attribute of this type",
            pool.attribute.span,
            label=did_you_mean(pool.attribute.text, t.attributes),
            help=f"it may name: {', '.join(t.attributes)}" if t.attributes else "",
        )
        return
    count = len(attribute.values)
    if not 2 <= pool.low <= pool.high <= count:
        diagnostics.error(
            "R610",
            f"`{t.name.text}` cannot come in {pool.low}..{pool.high} options of `{attribute.name.text}`",
            pool.attribute.span,
            label=f"from 2 to its {count} values",
        )
    first: dict[str, object] = {}
    for value in attribute.values:
        before = first.setdefault(slug(str(value)), value)
        if str(before) != str(value) or not slug(str(value)):
            diagnostics.error(
                "R610",
                f"option `{value}` of `{t.name.text}` has no variant id of its own",
                attribute.span,
                help="ids keep an option's letters a to z, digits and dots",
            )


def _placeholders(key: str, template: kinds.TemplateText, allowed: Collection[str], diagnostics: Diagnostics) -> None:
    for hole in PLACEHOLDER.finditer(template.text):
        name = hole.group(1).strip()
        if name not in allowed:
            diagnostics.error(
                "R605",
                f"`{key}` names `{name}`, which is no attribute of this type",
                _part(template, hole.start(1), hole.end(1)),
                label=did_you_mean(name, allowed),
                help=f"it may name: {', '.join(allowed)}",
            )
    if any(brace in PLACEHOLDER.sub("", template.text) for brace in "{}"):
        diagnostics.error("R605", f"`{key}` has a brace without its partner", template.span)


def _attribute(a: kinds.Attribute, diagnostics: Diagnostics) -> None:
    name = a.name.text
    check_wording(a, diagnostics)
    if not a.values:
        diagnostics.error("R607", f"attribute `{name}` has no values", a.name.span)
    _duplicates(f"attribute `{name}`: value", map(str, a.values), a.span, diagnostics)


def _project(project: kinds.Project, types: Collection[str], diagnostics: Diagnostics) -> None:
    for need in project.needs:
        if need.text not in types:
            diagnostics.error(
                "R612",
                f"project `{project.name.text}` needs `{need.text}`, which is no product type of this catalog",
                need.span,
                label=did_you_mean(need.text, types),
            )
    _duplicates(f"project `{project.name.text}`: need", (n.text for n in project.needs), project.span, diagnostics)


def _duplicates(what: str, names: Iterable[str], span: Span, diagnostics: Diagnostics) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            diagnostics.error("R603", f"{what} `{name}` is listed twice", span)
        seen.add(name)


def _part(template: kinds.TemplateText, start: int, end: int) -> Span:
    one_line = template.span.line == template.span.end_line
    return template.span.within(start, end) if one_line else template.span
