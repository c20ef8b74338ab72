"""`rlve-dsl catalog`, as typed: a catalog is built, looked into and checked; what goes wrong leaves nothing behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli import main
from tests.cli.conftest import SCENARIOS

Run = Callable[..., Any]

ROWS = """\
kind: Catalog
name: mugs
source: rows
rows:
  from: mugs.jsonl
  columns: {id: id, title: title, type: type, price: price}
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pocket catalog, built once."""
    shop = tmp_path_factory.mktemp("built") / "shop"
    assert main(["catalog", "build", str(SCENARIOS / "catalogs" / "pocket.yaml"), "--out", str(shop)]) == 0
    return shop


@pytest.fixture
def pocket(run: Run, workspace: Path, built: Path) -> Run:
    """The pocket catalog, built into `shop`."""
    shutil.copytree(built, workspace / "shop")
    return run


def lines(*prices: object) -> str:
    return "".join(
        json.dumps({"id": f"M{i}", "title": f"mug {i}", "type": "mug", "price": price}) + "\n"
        for i, price in enumerate(prices)
    )


def test_a_catalog_is_built_and_told(run: Run, workspace: Path) -> None:
    ran = run("catalog", "build", "scenarios/catalogs/pocket.yaml", "--size", "40", "--out", "deep/shop")
    assert ran.code == 0 and "products  40" in ran.out and "pocket in deep/shop" in ran.out and ran.err == ""
    assert [p.name for p in (workspace / "deep").iterdir()] == ["shop"]
    told = run("catalog", "info", "deep/shop", "--json")
    shown = json.loads(told.out)
    assert (told.code, told.wrote) == (0, False)
    assert (shown["name"], shown["size"], shown["embedder"], shown["facts"]) == (
        "pocket",
        40,
        "static",
        {"source": "generated"},
    )


def test_a_catalog_is_searched(pocket: Run) -> None:
    ran = pocket("catalog", "search", "shop", "a steel kettle", "--top-k", "3")
    assert ran.code == 0 and not ran.wrote
    head, *rows, tail = ran.out.splitlines()
    assert head.split() == ["match", "id", "title", "brand", "price", "rating", "ships"]
    assert len(rows) == 3 and all("kettle by" in row for row in rows) and tail == "3 of 36 products"
    shown = json.loads(pocket("catalog", "search", "shop", "kettle", "--top-k", "3", "--json").out)
    assert [p["kind"] for p in shown["products"]] == ["kettle"] * 3 and shown["products"][0]["match"] > 50


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (["type=mug"], lambda p: p["kind"] == "mug"),
        (["price<=9.49"], lambda p: p["price"] <= 9.49),
        (["price>=$20", "in_stock=true"], lambda p: p["price"] >= 20 and p["in_stock"]),
        (["color = red"], lambda p: p["attributes"].get("color") == "red"),
        (["kind=MUG", "color=Red"], lambda p: p["kind"] == "mug" and p["attributes"].get("color") == "red"),
        (["rating>=4.2", "brand=Orlo"], lambda p: p["rating"] >= 4.2 and p["brand"] == "Orlo"),
    ],
)
def test_filters_hold(pocket: Run, filters: list[str], holds: Callable[[Any], bool]) -> None:
    everything = json.loads(pocket("catalog", "sample", "shop", "--count", "99", "--json").out)["products"]
    asked = [part for f in filters for part in ("--filter", f)]
    found = json.loads(pocket("catalog", "search", "shop", "x", "--top-k", "99", "--json", *asked).out)
    wanted = {p["id"] for p in everything if holds(p)}
    assert (
        len(everything) == 36 and {p["id"] for p in found["products"]} == wanted and 0 < found["total"] == len(wanted)
    )


def test_a_sample_is_the_same_each_time(pocket: Run) -> None:
    one, two, other = (pocket("catalog", "sample", "shop", "--count", "5", "--seed", s).out for s in ("1", "1", "2"))
    assert one == two != other and one.endswith("5 of 36 products\n")


def test_rows_are_imported_and_what_is_set_aside_is_told(run: Run, workspace: Path) -> None:
    (workspace / "mugs.yaml").write_text(ROWS, encoding="utf-8")
    (workspace / "mugs.jsonl").write_text(lines(3, "None", "from 4", "€5") + "[]\n", encoding="utf-8")
    ran = run("catalog", "build", "mugs.yaml", "--out", "mugs")
    assert ran.code == 0 and "1 × not an object" in ran.out and "1 × price: another currency" in ran.out
    assert "in_stock 4, ships_in 4" in ran.out
    assert "no price" in run("catalog", "sample", "mugs").out
    (workspace / "more.jsonl").write_text(lines(1, 2), encoding="utf-8")
    ran = run("catalog", "build", "mugs.yaml", "--from", "more.jsonl", "--out", "more", "--json")
    assert json.loads(ran.out)["facts"]["read_from"] == "more.jsonl" and json.loads(ran.out)["size"] == 2


def test_a_built_catalog_is_verified_and_damage_is_a_diagnostic(pocket: Run, workspace: Path) -> None:
    assert pocket("catalog", "verify", "shop").out.endswith("as built\n")
    assert json.loads(pocket("catalog", "verify", "shop", "--json").out)["sound"]
    content = bytearray((workspace / "shop" / "price.npy").read_bytes())
    content[-1] ^= 1
    (workspace / "shop" / "price.npy").write_bytes(content)
    ran = pocket("catalog", "verify", "shop")
    assert ran.code == 3 and ran.err.startswith("error[R625]: ") and "`price.npy`" in ran.err


def test_an_interrupted_build_says_how_to_carry_on(run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    command = ("catalog", "build", "scenarios/catalogs/pocket.yaml", "--out", "shop")
    with monkeypatch.context() as patched:
        patched.setattr(import_module("rlve_dsl.catalog.folders.build"), "build_index", interrupted)
        ran = run(*command)
    assert ran.code == 130 and "--resume" in ran.err and not (workspace / "shop").exists()
    assert run(*command, "--resume").code == 0 and run("catalog", "verify", "shop").code == 0


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("build scenarios/catalogs/pocket.yaml --out shop", 3, "error[R627]: `shop` is there already"),
        (
            "build scenarios/catalogs/amazon.yaml --out new",
            3,
            "error[R621]: the catalog does not say where its rows are",
        ),
        (
            "build scenarios/catalogs/amazon.yaml --from no.jsonl --out new",
            3,
            "error[R621]: there is no file `no.jsonl`",
        ),
        ("build scenarios/catalogs/amazon.yaml --from no.jsonl --out new", 3, "--> --from:1:1"),
        ("build scenarios/catalogs/amazon.yaml --from empty --out new", 3, "`empty` is a folder that cannot be loaded"),
        ("build scenarios/catalogs/amazon.yaml --from notes.txt --out new", 3, "error[R621]: the name of `notes.txt`"),
        ("build scenarios/first-steps.yaml --out new", 3, "error[R217]"),
        ("build empty.yaml --out new", 3, "error[S"),
        ("build nowhere.yaml --out new", 2, "there is no file"),
        ("build scenarios/catalogs/pocket.yaml --out new --size 0", 2, "--size"),
        ("build scenarios/catalogs/pocket.yaml --out new --size 99999", 3, "error[R602]"),
        ("build scenarios/catalogs/pocket.yaml --out new --from x.jsonl", 2, "--from"),
        ("build scenarios/catalogs/pocket.yaml", 2, "--out"),
        ("info empty", 3, "error[R623]"),
        ("info nowhere", 3, "error[R623]"),
        ("verify notes.txt", 3, "error[R623]"),
        ("search shop tea --filter colour=red", 2, "did you mean `color`?"),
        ("search shop tea --filter color>=3", 2, "`color` takes"),
        ("search shop tea --filter price<=cheap", 2, "`price` takes"),
        ("search shop tea --filter red", 2, "is not written like"),
        ("search shop tea --filter kind=mugg", 2, "no product has the kind `mugg`; close: `mug`"),
        ("sample shop --filter department=Kitchn", 2, "no product has the department `Kitchn`; "),
        ("search shop tea --filter brand=Orla", 2, "no product has the brand `Orla`; close: `Orlo`"),
        ("sample shop --filter color=purplish", 2, "no product has the color `purplish`; "),
        ("sample shop --filter rating>=4,5", 2, "`rating` takes `=`, `>=` or `<=` and a number, not `>=4,5`"),
        ("sample shop --filter in_stock=maybe", 2, "`in_stock` takes `=` and true or false, not `=maybe`"),
        ("sample shop --filter price!=25", 2, "`!=` compares nothing; there are `=`, `>=` or `<=`"),
        ("sample shop --filter price<25", 2, "`<` compares nothing"),
        ("sample shop --filter price==25", 2, "`==` compares nothing"),
        ("search shop tea --top-k 0", 2, "--top-k"),
        ("search shop", 2, "QUERY"),
        ("sample shop --count 0", 2, "--count"),
        ("", 2, "ACTION"),
    ],
)
def test_what_cannot_be_is_told_and_leaves_nothing(pocket: Run, command: str, code: int, says: str) -> None:
    ran = pocket("catalog", *command.split())
    assert ran.code == code and says in ran.err and not ran.wrote and ran.out == ""
