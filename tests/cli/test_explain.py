"""`rlve-dsl explain NAME`: whatever an author can write is explained, and what is nearly right is suggested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlve_dsl.files import KINDS
from rlve_dsl.plugins import registry
from rlve_dsl.reference import entries, found

from .conftest import Run

KNOWN = registry()
ENTRIES = entries(KNOWN)
SIGNATURES = {
    **{p.name: p.signatures for named in (KNOWN.functions, KNOWN.measures) for p in named.values()},
    **{p.name: (p.signature,) for named in (KNOWN.samplers, KNOWN.tools, KNOWN.events) for p in named.values()},
    **dict.fromkeys(KNOWN.acts, ()),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_primitive_is_explained_with_its_arguments(name: str) -> None:
    """By the name that files use, and a tool also by the one that an agent uses."""
    (entry, *_) = [e for e in found(name, ENTRIES) if e.sort not in ("key", "name")]
    assert entry.doc and len(entry.written) == len(SIGNATURES[name])
    assert {part.name for part in entry.parts} == {p.name for s in SIGNATURES[name] for p in s.parameters}
    if entry.sort == "tool":
        assert entry in found(name.replace(".", "_"), ENTRIES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_and_each_of_its_keys_are_explained(kind: str) -> None:
    every = ENTRIES
    (whole,) = [entry for entry in found(kind, every) if entry.sort == "kind"]
    assert whole.parts
    for part in whole.parts:
        (key,) = [entry for entry in every if entry.name == f"{kind.lower()}.{part.name}"]
        assert key.doc and key in found(part.name, every) and key in found(f"{kind}.{part.name}", every)


def test_a_sampler_is_printed_with_types_defaults_what_it_gives_and_an_example(run: Run) -> None:
    out = run("explain", "order_history").out
    assert "→ list of Order" in out
    assert [line.split() for line in out.splitlines() if line.startswith("  within?")] == [
        ["within?", "days", "60", "days"]
    ]
    assert "It prepares what these tools show: `order.list`" in out
    assert "order_history: {" in out.partition("example, from ")[2]


def test_a_tool_says_what_each_argument_is_and_what_the_world_must_draw(run: Run) -> None:
    out = run("explain", "order_get_status").out
    assert out.startswith("order.get_status · tool")
    assert "The world must draw `order_history`." in out and "order_id" in out


def test_a_record_has_its_fields_with_units(run: Run) -> None:
    (order,) = json.loads(run("explain", "Order", "--json").out)
    types = {field["name"]: field["type"] for field in order["fields"]}
    assert (types["total"], types["days_delivered"], types["lines"]) == ("money", "days?", "list of OrderLine")
    assert "(unknown until it is delivered)" in order["doc"]


def test_a_type_of_two_words_is_explained(run: Run) -> None:
    assert run("explain", "product", "id").out.startswith("product id · type")
    assert run("explain", "one of").out.startswith("one of a, b · type")


def test_a_statement_within_a_statement_is_explained_once(run: Run) -> None:
    assert run("explain", "finish").out.startswith("environment.solution.finish · key")
    assert "environment.solution.do.finish" not in run("explain", "finish").out


def test_a_name_that_means_two_things_is_explained_twice(run: Run) -> None:
    found = [(entry["sort"], entry["name"]) for entry in json.loads(run("explain", "answer", "--json").out)]
    assert found == [("name", "answer"), ("key", "environment.answer")]


def test_a_key_of_many_places_is_listed_and_no_name_is_cut(run: Run) -> None:
    out = run("explain", "says").out
    assert "catalog.departments.types.attributes.says" in out and "environment.user.facts.says" in out
    assert run("explain", "environment.user.facts.says").out.startswith("environment.user.facts.says · key")


@pytest.mark.parametrize(
    "written, meant",
    [
        ("order_histroy", "order_history"),
        ("catalog.serch", "catalog.search"),
        ("rewards", "reward"),
        ("OrderLines", "OrderLine"),
    ],
)
def test_a_close_name_is_suggested(run: Run, written: str, meant: str) -> None:
    ran = run("explain", written)
    assert ran.code == 2 and f"no name `{written}`" in ran.err and f"`{meant}`" in ran.err


def test_a_name_of_a_domain_and_of_an_environment_in_it(run: Run) -> None:
    slot = run("explain", "scenarios/examples/clinic/clinic.yaml", "slot").out
    assert slot.startswith("slot · entity") and "Its table is `slots`." in slot and "one of morning, afternoon" in slot
    book = run("explain", "scenarios/examples/clinic/clinic.yaml", "clinic.book").out
    assert "The policy decides `booking_allowed`." in book and "appointment_id: appointment id" in book
    caller = run("explain", "scenarios/examples/clinic/appointments.yaml", "caller").out
    assert "drawn in the world" in caller and "balance     money" in caller
    allowed = run("explain", "scenarios/examples/clinic/policy.yaml", "booking_allowed").out
    assert allowed.startswith("booking_allowed · decision\n  type: bool")
    ran = run("explain", "scenarios/examples/clinic/clinic.yaml", "slat")
    assert ran.code == 2 and "did you mean `slot`?" in ran.err


def test_an_example_of_a_declared_tool_is_of_the_files_beside_it(run: Run) -> None:
    run("new", "domain", "clinic", "--out", "mine")
    lend = run("explain", "mine/clinic.yaml", "clinic.lend").out
    assert "example, from clinic-lending.yaml:" in lend and "- let: loan" in lend
    assert "no name `clinic.lend`" in (ran := run("explain", "clinic.lend").err)
    assert "`rlve-dsl explain FILE clinic.lend`" in ran


def test_a_domain_of_a_package_is_explained_by_its_short_name(run: Run) -> None:
    shown = run("explain", "examples/clinic/clinic").out
    assert shown and shown == run("explain", "scenarios/examples/clinic/clinic.yaml").out


def test_a_folder_with_the_name_of_a_tool_does_not_hide_it(run: Run, workspace: Path) -> None:
    (workspace / "order_history").mkdir()
    assert run("explain", "order_history").out.startswith("order_history · sampler")


def test_a_primitive_of_a_plugin_is_explained_with_who_brings_it(run: Run, workspace: Path) -> None:
    (workspace / "toys.py").write_text(
        "from rlve_dsl.expressions import function\nfrom rlve_dsl.hookspecs import hookimpl\n\n\n"
        '@function()\ndef wind(x: int) -> int:\n    """Wind a toy up."""\n    return x\n\n\n'
        "@hookimpl\ndef rlve_functions():\n    return [wind]\n",
        encoding="utf-8",
    )
    (entry,) = json.loads(run("explain", "wind", "--plugin", "toys.py", "--json").out)
    assert entry["doc"] == "Wind a toy up." and entry["owner"] != "rlve_dsl"


@pytest.mark.parametrize(
    "name", ["sample_int", "catalog.search", "unit_f1", "stock_out", "greet", "environment.reward"]
)
def test_an_example_is_a_part_of_a_shipped_file(run: Run, workspace: Path, name: str) -> None:
    (entry, *_) = json.loads(run("explain", name, "--json").out)
    text = (workspace / "scenarios" / f"{entry['example_file']}.yaml").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    assert entry["example"] and all(line.strip() in (*lines, "…") for line in entry["example"].splitlines())
