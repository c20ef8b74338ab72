"""Warns of words of a catalog that read wrongly once they are put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlve_dsl.catalog.declarations.generate import noun_of
from rlve_dsl.catalog.products.taxonomy import PLACEHOLDER, Pattern, pattern_of
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.english import Fault, agreeing, doubled, faults, first_and_last, uncountable
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY
from rlve_dsl.files import kinds

READS_WRONGLY = "R232"
_ARTICLES = ("a", "an", "the")


def check_words(spec: kinds.Catalog, diagnostics: Diagnostics) -> None:
    """Warn of each kind of fault once for every text."""
    for department in spec.departments.values():
        for product_type in department.types.values():
            _type(product_type, department, diagnostics)
    for attribute in spec.rows.attributes.values() if spec.rows is not None else ():
        _wishes(attribute, list(attribute.values), diagnostics)
    for project in spec.projects.values():
        _warn(
            f"the title of project `{project.name.text}`", faults(project.title.text), project.title.span, diagnostics
        )


def _type(t: kinds.ProductType, department: kinds.Department, diagnostics: Diagnostics) -> None:
    noun, name = noun_of(t), t.name.text
    span = t.noun.span if t.noun is not None else t.name.span
    fault = uncountable(noun)
    _warn(f"the noun of `{name}`", [*faults(noun), *([fault] if fault else [])], span, diagnostics)
    values: dict[str, Sequence[str]] = {"brand": t.brands or department.brands, "noun": [noun]}
    for attribute in t.attributes.values():
        values[attribute.name.text] = shown = [show(value, ANY) for value in attribute.values]
        _wishes(attribute, shown, diagnostics)
    if t.variants is not None:
        options = values.get(t.variants.attribute.text, ())
        found = [_of_option(option) for option in options if option.split()[0] in _ARTICLES]
        _warn(f"an option of `{name}`", found, t.variants.attribute.span, diagnostics)
    for what, template in (("short name", t.short_name), ("title", t.title)):
        found = [*faults(PLACEHOLDER.sub("◊", template.text)), *_doubled(pattern_of(template.text), values)]
        _warn(f"the {what} of `{name}`", found, template.span, diagnostics)


def _of_option(option: str) -> Fault:
    advice = "leave out the article, and write it in the attribute's `says`"
    return Fault("two articles", f"the {option} version", advice)


def _wishes(a: kinds.Attribute | kinds.ImportedAttribute, values: Sequence[str], diagnostics: Diagnostics) -> None:
    pattern = pattern_of(a.says.text)
    wishes = [
        "be " + "".join(agreeing(text, value) + value if name else text for text, name in pattern) for value in values
    ]
    if any(faults("\n".join(wishes))):  # no fault reaches from one line into the next
        found = (fault for text in wishes for fault in faults(text))
        _warn(f"a wish for `{a.name.text}`", found, a.says.span, diagnostics)


def _doubled(pattern: Pattern, values: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Words that stand twice where a value meets the words or the value beside it."""
    before: frozenset[str] = frozenset()
    for text, name in pattern:
        if text.strip():
            first, last = first_and_last(text)
            yield from (doubled(word) for word in before if text[0] == " " and word == first)
            before = frozenset({last}) if text[-1] == " " else frozenset()
        elif not text:
            before = frozenset()
        if name:
            ends = [first_and_last(value) for value in values.get(name, ())]
            yield from (doubled(word) for word in sorted(before & {first for first, _ in ends}) if word)
            before = frozenset(last for _, last in ends if last)


def _warn(what: str, found: Iterator[Fault] | Sequence[Fault], span: Span, diagnostics: Diagnostics) -> None:
    kinds_of = {fault.kind: fault for fault in reversed(list(found))}  # the first of each kind
    for fault in reversed(kinds_of.values()):
        diagnostics.warning(READS_WRONGLY, f"{what} has a fault: {fault.kind} `{fault.words}`", span, help=fault.advice)
