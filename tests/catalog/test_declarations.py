"""Catalog files: their diagnostics, and what others expect of the shipped ones."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from rlve_dsl.catalog import Catalog, check
from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import kinds, load_text
from rlve_dsl.plugins import registry


def test_a_sound_declaration_has_no_problems(problems: Callable[[str, str], list[Diagnostic]]) -> None:
    assert problems("size: 40", "size: 41") == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("size: 40", "size: 0", "0"),
        ("size: 40", "size: 40\nids: {words: [owl, fox]}", "2 id words make 4 ids"),
        ("size: 40", "size: 2\nids: {words: [owl, owl, fox]}", "`owl` is listed twice"),
        ("size: 40", 'size: 2\nids: {words: ["o wl", fox]}', "cannot be made of `o wl`"),
        ("size: 40", 'size: 40\nids: {prefix: "P-"}', "cannot be made of `P-`"),
        ("[Dawn, Dusk]", "[Dawn, Dawn]", "product line `Dawn` is listed twice"),
        ("[Norvale, Quilltek]", "[Norvale, Norvale]", "brand `Norvale` is listed twice"),
        ("    brands: [Norvale, Quilltek]\n", "", "product type `mug` has no brands"),
        ('"{brand} mug"', '"{colour} mug"', "`short_name` names `colour`"),
        ("{volume} ml, {color}", "{volume + 1} ml", "`title` names `volume + 1`"),
        ("ml, {color}", "ml, {color", "brace"),
        (
            "          color: {",
            '          rating: {type: int, values: [1], says: "{value}"}\n          color: {',
            "`rating` has the name of a field",
        ),
        ("[250, 330, 400]", "[250, big]", "big"),
        ("[250, 330, 400]", "[]", "attribute `volume` has no values"),
        ("[red, blue, green]", "[red, blue, red]", "`red` is listed twice"),
        ('says: "in {value}"', 'says: "in color"', "`says` of attribute `color` does not say the value"),
        ('says: "in {value}"', 'says: "{brand} in {value}"', "names `brand`"),
        ("type: enum, ", "type: enum, wanted: at_least, ", "at_least"),
        ("attribute: color", "attribute: colour", "colour"),
        ("options: 2..3", "options: 2..4", "2..4"),
        ("options: 2..3", "options: 1..3", "1..3"),
        ("[red, blue, green]", '[red, "red!", green]', "has no variant id of its own"),
        ("median: $10", "median: $0", "price"),
        ("spread: 0.4", "spread: 2.5", "spread"),
        ("needs: [mug]", "needs: [muug]", "muug"),
        ("needs: [mug]", "needs: [mug, mug]", "`mug` is listed twice"),
        ("needs: [mug]", "needs: []", "needs"),
    ],
)
def test_a_problem_is_reported(problems: Callable[[str, str], list[Diagnostic]], old: str, new: str, says: str) -> None:
    found = problems(old, new)
    assert len(found) == 1, found
    assert says in found[0].message + found[0].label + found[0].help and found[0].span is not None
    assert found[0].severity == "error" and not found[0].message.endswith(".")


def test_two_types_with_the_same_noun_are_reported(problems: Callable[[str, str], list[Diagnostic]]) -> None:
    second = """      cup:
        noun: mug
        short_name: cup
        title: cup
        price: {median: $1, spread: 0}
        attributes: {color: {type: enum, values: [red], says: "in {value}"}}
      mug:
"""
    (problem,) = problems("      mug:\n", second)
    assert problem.message == "product types `cup` and `mug` are both called `mug`" and problem.related


def test_an_embedder_is_a_known_name_or_a_model() -> None:
    vocabulary = registry().vocabulary()
    for name, known in [("static", True), ("owner/model", True), ("statik", False)]:
        text = (
            f"kind: Catalog\nname: x\nsource: rows\nembedder: {name}\nrows: {{columns: {{id: a, title: b, type: c}}}}\n"
        )
        if known:
            spec = load_text(text, "x.yaml", vocabulary).spec
            assert isinstance(spec, kinds.Catalog) and spec.embedder is not None and spec.embedder.text == name
        else:
            with pytest.raises(ScenarioError, match="unknown embedder `statik`(.|\n)*did you mean `static`"):
                load_text(text, "x.yaml", vocabulary)


def test_the_shipped_catalogs_are_sound(general_spec: kinds.Catalog, pocket_spec: kinds.Catalog) -> None:
    for spec in (general_spec, pocket_spec):
        diagnostics = Diagnostics()
        check(spec, diagnostics)
        assert not diagnostics.items


def test_the_general_catalog_is_a_department_store(general: Catalog, general_spec: kinds.Catalog) -> None:
    types = general.taxonomy.types
    assert len(types) >= 150 and len(general_spec.departments) >= 15 and len(general.projects) >= 12
    assert all(len(t.attributes) >= 4 and t.variants is not None for t in types)
    assert any(t.restricted for t in types)
    assert general.column("dimensions").min() >= 9
    assert {"electronics", "automotive", "books", "beauty"} <= set(general_spec.departments)
    assert max(len(p["needs"]) for p in general.projects) >= 12


def test_nouns_fit_into_a_sentence(general: Catalog) -> None:
    """“a {kind}” reads well when the noun is singular and begins with a consonant's sound."""
    for product_type in general.taxonomy.types:
        assert not re.match("(?i)[aeio]", product_type.noun), product_type.noun
        assert "_" not in product_type.noun


def test_the_pocket_catalog_is_made_of_plain_words(pocket: Catalog) -> None:
    assert 32 <= pocket.size <= 40 and len(pocket.taxonomy.types) >= 8
    names = pocket.column("short_name").tolist()
    assert len(set(names)) == pocket.size
    assert all(re.fullmatch("[a-z]+( [a-z]+)?", name) for name in names)
    assert all(re.fullmatch("[a-z]+", i) for i in pocket.column("id"))
    labels = [v["label"] for row in range(pocket.size) for v in pocket.options(row, 4)]
    assert all(re.fullmatch("[a-z]+( [a-z]+)?", label) for label in labels)
    assert all(product_type.variants is not None for product_type in pocket.taxonomy.types)
    assert len(set(pocket.column("type")[pocket.column("has_variants") & pocket.column("in_stock")])) >= 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"{brand} mug"', '"{brand} {color} mug"', ""),
        ('short_name: "{brand} mug"', 'noun: mug\n        short_name: "{brand} mug"', ""),
        ("[Norvale, Quilltek]", "[Norvale, Red Mug]", "doubled word `mug mug`"),
        ("[Norvale, Quilltek]", "[Norvale, Mug House]", ""),
        ('"{brand} mug"', '"{brand} mug mug"', "doubled word `mug mug`"),
        ("{volume} ml, {color}", "{color} {color}", "doubled word `blue blue`"),
        (
            'short_name: "{brand} mug"',
            'noun: green tea\n        short_name: "{brand} mug"',
            "uncountable noun `green tea`",
        ),
        ('short_name: "{brand} mug"', 'noun: bag of green tea\n        short_name: "{brand} mug"', ""),
        ('says: "in {value}"', 'says: "in a {value} color"', ""),
        ('says: "in {value}"', 'says: "painted with a oak-{value} finish"', "wrong article `a oak-red`"),
        ("[red, blue, green]", "[red, sky_blue, green]", "name of data `sky_blue`"),
        ("[red, blue, green]", "[red, blue, a sea green]", "two articles `the a sea green version`"),
        ('"{brand} mug"', '"{brand} TODO mug"', "placeholder `TODO`"),
    ],
)
def test_words_that_read_wrongly_are_warned_of(
    problems: Callable[[str, str], list[Diagnostic]], old: str, new: str, says: str
) -> None:
    found = [d for d in problems(old, new) if d.code == "R232"]
    assert [says in d.message for d in found] == ([True] if says else [])
