"""What is wrong with a catalog's declaration, said to its author."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rlve_dsl.catalog.taxonomy import PLACEHOLDER
from rlve_dsl.catalog.wishes import STANDING
from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.spec import kinds

_TAKEN = frozenset(
    (*STANDING, "kind", "type", "department", "in_stock", "restricted", "id", "title", "short_name", "noun", "line")
)


def check(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    """Every problem that would keep the declaration from being generated, or make its products absurd, is added."""
    types = [(d, t) for d in spec.departments.values() for t in d.types.values()]
    if not types:
        diagnostics.error("R601", f"catalog `{spec.name.text}` has no product types", spec.span)
    if spec.size < 1:
        diagnostics.error("R611", f"a catalog of {spec.size} products is empty", spec.span, label="at least 1")
    _ids(spec, diagnostics)
    _duplicates("product line", spec.lines, spec.span, diagnostics)
    _unique(spec, diagnostics)
    for department in spec.departments.values():
        _duplicates("brand", department.brands, department.span, diagnostics)
        for product_type in department.types.values():
            _type(product_type, department, diagnostics)
    names = {t.name.text for _, t in types}
    for project in spec.projects.values():
        _project(project, names, diagnostics)


def _ids(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    words = spec.ids.words
    if words:
        _duplicates("id word", words, spec.span, diagnostics)
        distinct = len(set(words))
        if spec.size > distinct * distinct:
            diagnostics.error(
                "R602",
                f"{distinct} id words make {distinct * distinct} ids, too few for {spec.size} products",
                spec.span,
                help="ids are one word, then two joined by `-`: give more words",
            )
    elif not (spec.ids.prefix.isascii() and spec.ids.prefix.isalnum()):
        diagnostics.error(
            "R602", f"id prefix `{spec.ids.prefix}` has other characters than letters and digits", spec.span
        )


def _unique(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    types: dict[str, Span] = {}
    nouns: dict[str, tuple[str, Span]] = {}
    for department in spec.departments.values():
        for t in department.types.values():
            name, noun = t.name.text, t.noun.text if t.noun is not None else t.name.text.replace("_", " ")
            if name in types:
                diagnostics.error(
                    "R603",
                    f"product type `{name}` stands in two departments",
                    t.name.span,
                    related=(Related(types[name], "the first is here"),),
                )
            elif noun in nouns:
                diagnostics.error(
                    "R603",
                    f"product types `{nouns[noun][0]}` and `{name}` are both called “{noun}”",
                    t.name.span,
                    related=(Related(nouns[noun][1], "the first is here"),),
                    help="give one of them a `noun` of its own",
                )
            types.setdefault(name, t.name.span)
            nouns.setdefault(noun, (name, t.name.span))


def _type(t: kinds.ProductType, department: kinds.Department, diagnostics: Diagnostics) -> None:
    _duplicates("brand", t.brands, t.span, diagnostics)
    if not (t.brands or department.brands):
        diagnostics.error(
            "R604",
            f"product type `{t.name.text}` has no brands",
            t.name.span,
            help=f"give `brands:` to the type or to department `{department.name.text}`",
        )
    if t.price.median_cents < 1 or not 0 <= t.price.spread <= 2:
        diagnostics.error(
            "R611",
            f"the price of `{t.name.text}` needs a median above $0 and a spread from 0 to 2",
            t.name.span,
        )
    if not t.weight > 0:
        diagnostics.error("R611", f"the weight of `{t.name.text}` is not above 0", t.name.span)
    fillers = ("brand", "noun", *t.attributes)
    for key, template in (("short_name", t.short_name), ("title", t.title)):
        _holes(key, template, fillers, diagnostics)
    for attribute in t.attributes.values():
        _attribute(attribute, diagnostics)
    if t.variants is not None:
        _variants(t, t.variants, diagnostics)


def _holes(key: str, template: kinds.TemplateText, fillers: Collection[str], diagnostics: Diagnostics) -> None:
    for hole in PLACEHOLDER.finditer(template.text):
        name = hole.group(1).strip()
        if name not in fillers:
            diagnostics.error(
                "R605",
                f"`{key}` names `{name}`, which is no attribute of this type",
                _part(template, hole.start(1), hole.end(1)),
                label=did_you_mean(name, fillers),
                help=f"it may name: {', '.join(fillers)}",
            )


def _attribute(a: kinds.Attribute, diagnostics: Diagnostics) -> None:
    name = a.name.text
    if name in _TAKEN:
        diagnostics.error("R606", f"attribute `{name}` has the name of a field that every product has", a.name.span)
    if not a.values:
        diagnostics.error("R607", f"attribute `{name}` has no values", a.name.span)
    for value in a.values:
        if not _of_type(value, a.type):
            diagnostics.error("R607", f"value `{value}` of attribute `{name}` is not of type {a.type}", a.span)
    _duplicates("value", [str(v) for v in a.values], a.span, diagnostics)
    if a.wanted != "exactly" and a.type in ("enum", "bool"):
        diagnostics.error(
            "R608",
            f"attribute `{name}` is {_article(a.type)}, which cannot be wanted `{a.wanted}`",
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
            help="for a property that a product has or lacks, write both as values: "
            'values: ["with a lid", "without a lid"], says: "{value}"',
        )
    elif set(holes) != {"value"}:
        other = next(h for h in holes if h != "value")
        diagnostics.error(
            "R609", f"`says` of attribute `{name}` names `{other}`; it may name only `value`", a.says.span
        )


def _variants(t: kinds.ProductType, pool: kinds.VariantPool, diagnostics: Diagnostics) -> None:
    name = pool.attribute.text
    attribute = t.attributes.get(name)
    if attribute is None:
        diagnostics.error(
            "R605",
            f"`variants` names `{name}`, which is no attribute of this type",
            pool.attribute.span,
            label=did_you_mean(name, t.attributes),
            help=f"it may name: {', '.join(t.attributes)}" if t.attributes else "",
        )
    elif not 2 <= pool.low <= pool.high <= len(attribute.values):
        diagnostics.error(
            "R610",
            f"`{t.name.text}` cannot have {pool.low}..{pool.high} options of `{name}`",
            pool.attribute.span,
            label=f"from 2 to its {len(attribute.values)} values",
        )


def _project(project: kinds.Project, types: Collection[str], diagnostics: Diagnostics) -> None:
    if not project.needs:
        diagnostics.error("R612", f"project `{project.name.text}` needs nothing", project.name.span)
    seen: set[str] = set()
    for need in project.needs:
        if need.text not in types:
            diagnostics.error(
                "R612",
                f"project `{project.name.text}` needs `{need.text}`, which is no product type of this catalog",
                need.span,
                label=did_you_mean(need.text, types),
            )
        elif need.text in seen:
            diagnostics.error("R612", f"project `{project.name.text}` needs `{need.text}` twice", need.span)
        seen.add(need.text)


def _duplicates(what: str, names: Iterable[str], span: Span, diagnostics: Diagnostics) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            diagnostics.error("R603", f"{what} `{name}` is listed twice", span)
        seen.add(name)


def _of_type(value: object, wanted: str) -> bool:
    match wanted:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "real":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
    return isinstance(value, str)


def _article(type_name: str) -> str:
    return "an enum" if type_name == "enum" else f"a {type_name}"


def _part(template: kinds.TemplateText, start: int, end: int) -> Span:
    one_line = template.span.line == template.span.end_line
    return template.span.within(start, end) if one_line else template.span
