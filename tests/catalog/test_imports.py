"""Imported catalogs: every format gives the same products; what was not taken and what was made up is counted."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.catalog import (
    KIND_LIMIT,
    NO_PRICE,
    SOURCES,
    Catalog,
    Embedder,
    UnknownField,
    build,
    check,
    manifest_of,
    meets,
    open_catalog,
)
from rlve_dsl.catalog.imports import shards
from rlve_dsl.catalog.imports.reading import LONGEST_LINE, Rejected
from rlve_dsl.catalog.imports.records import records
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions.types import MONEY
from rlve_dsl.files import kinds, load, load_text
from rlve_dsl.world.wire import encode

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder ../shared/data with real data is not there")

FILE = """\
kind: Catalog
name: things
source: rows
rows:
  from: {place}
  columns:
    id: sku
    title: name
    type: [path.-1, shelf]
    department: [shelf, path.0]
    brand: [maker, details.Brand]
    price: cost
    rating: stars
    reviews: votes
    about: bullets
  attributes:
    color: {{from: details.Color, type: enum, says: "in {{value}}", values: {{grey: [gray], red: [], blue: [navy blue]}}}}
    weight: {{from: details.Weight, type: int, unit: g, wanted: at_most, says: "at most {{value}} g", within: true,
             units: {{g: 1, kg: 1000, oz: 28.349523}}}}
  variants: {{attributes: [color], options: 2..3}}
"""


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "sku": f"A{number}", "name": f"Mug number {number}", "path": ["Kitchen", "Mugs"], "shelf": "Kitchen", "maker": "Orlo",
        "cost": 9.5, "stars": 4.5, "votes": 12, "bullets": ["keeps warm"], "details": {"Color": "red", "Weight": "300 g"}, **more,
    }  # fmt: skip


DIRTY: list[Any] = [
    row(1),
    row(2, cost="None", details='{"Color": "Gray", "Weight": "0.25 kg"}'),
    row(3, cost="from 14.99", details=None),
    row(4, cost="$10.00 - $20.00"),
    row(5, cost="€15"),
    row(6, cost="12,99"),
    row(7, cost="1,299.00", maker=None, details={"Brand": "Tarn", "Color": "ultraviolet"}),
    row(8, name="<b>Mug</b> &amp; saucer ☕", stars=None, votes=None, maker=""),
    row(9, name=""),
    row(10, name=None),
    row(3, name="Another with the same id"),
    row(11, sku=None),
    row(12, sku="has a space"),
    row(13, path=[], shelf=""),
    ["not", "an", "object"],
    row(14, path=[], shelf="Kitchen", details={"Weight": "8 oz, boxed 300 g"}),
    row(15, details={"Color": "navy blue"}, stars="9", votes=-1),
]
KEPT = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A14", "A15"]


def write_lines(path: Path, rows: Iterable[Any]) -> Path:
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def quiet(stage: str, done: int, of: int) -> None:
    pass


def declared(place: Path, old: str = "", new: str = "") -> kinds.Catalog:
    spec = load_text(FILE.format(place=place).replace(old, new, 1), "things.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    found = Diagnostics()
    check(spec, found)
    assert not found.items, found.items
    return spec


def imported(place: Path, size: int | None = None) -> Catalog:
    return SOURCES["rows"].load(declared(place), size)


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = write_lines(tmp_path / "dirty.jsonl", DIRTY)
    with path.open("ab") as file:
        file.write(b'{"sku": "A99", "name": \n\n\xff\xfe{}\n')
    return path


# Reading ------------------------------------------------------------------------------------------------------------


def test_products_are_what_the_rows_say(dirty: Path) -> None:
    catalog = imported(dirty)
    assert catalog.column("id").tolist() == KEPT
    by_id = {p["id"]: p for p in catalog.products}
    assert {i: p["price"] for i, p in by_id.items() if p["has_price"]} == {
        "A1": 950, "A6": 1299, "A7": 129900, "A8": 950, "A14": 950, "A15": 950,
    }  # fmt: skip
    assert (
        by_id["A8"]["title"] == "Mug & saucer ☕"
        and by_id["A8"]["brand"] == "unbranded"
        and by_id["A7"]["brand"] == "Tarn"
    )
    assert by_id["A2"]["attributes"] == {"color": "grey", "weight": 250} and by_id["A3"]["attributes"] == {}
    assert by_id["A15"]["attributes"] == {"color": "blue"} and by_id["A7"]["attributes"] == {}
    assert (by_id["A8"]["rating"], by_id["A8"]["reviews"], by_id["A15"]["rating"]) == (0.0, 0, 0.0)
    assert {p["type"] for p in by_id.values()} == {"Mugs", "Kitchen"} and by_id["A14"]["kind"] == "kitchen"
    assert all(catalog.row_of(p["id"]) == p.row for p in by_id.values()) and catalog.row_of("A9") is None
    assert catalog.search("a saucer for coffee", None, 1).rows.tolist() == [by_id["A8"].row]


def test_what_is_set_aside_is_listed_with_its_reason(dirty: Path, tmp_path: Path) -> None:
    built = build(declared(dirty), SOURCES["rows"], tmp_path / "out", quiet)
    facts = built.content["facts"]
    assert facts["records"] == 19 and built.content["size"] == len(KEPT)
    assert facts["rejected"] == {
        "no title": 2, "no id": 1, "an id of more than 64 bytes or with spaces": 1, "no type": 1, "not an object": 1,
        "not JSON": 1, "not UTF-8": 1, "an id that came before": 1,
    }  # fmt: skip
    assert facts["left_out"] == {
        "price: words beside the price": 1, "price: a range of prices": 1, "price: another currency": 1,
        "color: a value that the table does not have": 1, "weight: several values": 1,
        "rating: outside 0 to 5": 1, "reviews: outside 0 to 2147483646": 1,
    }  # fmt: skip
    assert facts["products_without"]["price"] == 4 and facts["products_without"]["brand"] == 1
    assert facts["synthetic"]["in_stock"] == facts["synthetic"]["ships_in"] == len(KEPT)
    lines = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    by_record = {line["record"]: line for line in lines if "field" not in line}
    assert by_record[9]["reason"] == "no title" and by_record[18]["reason"] == "not JSON"
    assert by_record[11] == {"record": 11, "id": "A3", "reason": "an id that came before", "first": 3}
    assert {"record": 5, "id": "A5", "field": "price", "value": "€15", "reason": "another currency"} in lines


def as_csv(path: Path, rows: Sequence[Any]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        names = list(rows[0])
        writer.writerow(names)
        for r in rows:
            writer.writerow(
                [json.dumps(r[n], ensure_ascii=False) if isinstance(r[n], list | dict) else r[n] for n in names]
            )
    return path


def as_parquet(path: Path, rows: Sequence[Any]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path.parent.mkdir(exist_ok=True)
    flat = [{**r, "details": json.dumps(r["details"]), "unread": i} for i, r in enumerate(rows)]
    parquet.write_table(pyarrow.Table.from_pylist(flat), path, row_group_size=7)
    return path


@pytest.mark.parametrize("format_", ["jsonl.gz", "csv", "csv.gz", "parquet", "json", "hf"])
def test_every_format_gives_the_same_catalog(format_: str, tmp_path: Path) -> None:
    details = [{"Color": ["red", "gray"][i % 2], "Weight": f"{i * 10} g"} for i in range(30)]
    rows = [row(i, cost=f"{i},99", bullets="keeps <i>warm</i>", details=details[i]) for i in range(1, 30)]
    plain = imported(write_lines(tmp_path / "plain.jsonl", rows))
    match format_:
        case "jsonl.gz":
            other = imported(write_lines(tmp_path / "rows.jsonl.gz", rows))
        case "csv":
            other = imported(as_csv(tmp_path / "rows.csv", rows))
        case "csv.gz":
            packed = tmp_path / "rows.csv.gz"
            packed.write_bytes(gzip.compress(as_csv(tmp_path / "rows.csv", rows).read_bytes()))
            other = imported(packed)
        case "parquet":
            other = imported(as_parquet(tmp_path / "rows.parquet", rows))
        case "json":
            (tmp_path / "rows.json").write_text(json.dumps(rows))
            other = imported(tmp_path / "rows.json")
        case _:
            pytest.importorskip("datasets")
            as_parquet(tmp_path / "dataset" / "train-00000-of-00001.parquet", rows)
            other = imported(tmp_path / "dataset")
    assert other.digest == plain.digest
    assert [dict(p["attributes"]) for p in other.products] == [dict(p["attributes"]) for p in plain.products]


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv"])
def test_a_line_that_is_too_long_is_rejected_and_the_next_is_read(ending: str, tmp_path: Path) -> None:
    huge = "x" * (2 * LONGEST_LINE)
    lines = ["sku,name", "A1,Mug", f"A2,{huge}", "A3,Cup"]
    if ending != "csv":
        lines = ['{"sku": "A1"}', f'{{"sku": "{huge}"}}', '{"sku": "A3"}']
    content = "\n".join(lines).encode()
    path = tmp_path / f"rows.{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    rows = declared(path).rows
    assert rows is not None
    for skip in range(3):
        first, second, third = [None] * skip + list(records(rows, skip))
        assert first is None or (isinstance(first, dict) and first["sku"] == "A1")
        assert second is None or (isinstance(second, Rejected) and second.reason.endswith("a line of more than 4 MB"))
        assert isinstance(third, dict) and third["sku"] == "A3"


def test_a_list_of_json_has_nothing_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text('[{"sku": "A1"}]')
    rows = declared(tmp_path / "list.json").rows
    assert rows is not None
    (rejected,) = records(replace(rows, each=("products",)))
    assert isinstance(rejected, Rejected) and rejected.reason == "not an object"


def test_products_are_found_in_json_with_the_values_around_them(tmp_path: Path) -> None:
    world = {
        "products": {"1": {"name": "Mug", "variants": {"a": {"sku": "a", "cost": 3}, "b": {"sku": "b", "cost": 4}}}}
    }
    (tmp_path / "world.json").write_text(json.dumps(world))
    text = (
        'kind: Catalog\nname: w\nsource: rows\nrows:\n  from: world.json\n  each: products.variants\n'
        "  columns: {id: sku, title: name + sku, type: name, price: cost}\n"
    )  # fmt: skip
    (tmp_path / "w.yaml").write_text(text)
    spec = load(tmp_path / "w.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    catalog = SOURCES["rows"].load(spec, None)
    assert catalog.column("title").tolist() == ["Mug, a", "Mug, b"] and catalog.column("price").tolist() == [300, 400]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.jsonl", None, "there is no file"),
        ("rows.xyz", b"", "does not say its format"),
        ("cut.jsonl.gz", gzip.compress(b'{"sku": "A1"}\n' * 1000, mtime=0)[:-20], "cannot be read"),
        ("plain.jsonl.gz", b"{}", "cannot be read"),
        ("bad.parquet", b"PAR1 no", "is not Parquet"),
        ("bad.json", b"{", "is not JSON"),
        ("number.json", b"3", "none of the 1 record can"),
        ("empty.jsonl", b"", "empty.jsonl` is empty"),
        ("empty.csv", b"", "empty.csv` is empty"),
        ("empty.jsonl.gz", gzip.compress(b""), "holds no records"),
        ("header.csv", b"sku,name,shelf\n", "holds no records"),
        ("strange.jsonl", b'{"id": 1}\n', "none of the 1 record can"),
    ],
)
def test_data_that_cannot_be_read_is_reported(name: str, content: bytes | None, says: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        build(declared(tmp_path / name), SOURCES["rows"], tmp_path / "out", quiet)
    (problem,) = caught.value.diagnostics
    assert problem.code == "R621" and says in problem.message and problem.span is not None and problem.span.line == 5
    assert [p.name for p in tmp_path.iterdir() if p.name != name] == []


def test_a_text_that_is_too_long_for_its_field_is_not_taken(tmp_path: Path) -> None:
    rows = [
        row(1, name="x" * 500), row(2, name="x" * 501), row(3, name="x" * 1_400_000),
        row(4, path=["y" * 200]), row(5, path=["y" * 201]),
        row(6, maker="z" * 200, shelf="w" * 200), row(7, maker="z" * 201, shelf="w" * 201),
    ]  # fmt: skip
    built = build(declared(write_lines(tmp_path / "a.jsonl", rows)), SOURCES["rows"], tmp_path / "out", quiet)
    catalog = open_catalog(tmp_path / "out")
    assert catalog.column("id").tolist() == ["A1", "A4", "A6", "A7"]
    assert catalog.column("brand").tolist()[2:] == ["z" * 200, "unbranded"]
    assert catalog.column("department").tolist()[2:] == ["w" * 200, "Mugs"]
    facts = built.content["facts"]
    assert facts["rejected"] == {"a title of more than 500 characters": 2, "a type of more than 200 characters": 1}
    assert facts["left_out"] == {"department: more than 200 characters": 1, "brand: more than 200 characters": 1}


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_where_nothing_is_a_product_the_columns_are_named(ending: str, tmp_path: Path) -> None:
    names = ["SKU", "titel", "name", "shelf", *(f"c{n}" for n in range(10))]
    place = tmp_path / f"strange.{ending}"
    row_ = dict.fromkeys(names, "x")
    if ending == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist([row_]), place)
    else:
        as_csv(place, [row_]) if ending == "csv" else write_lines(place, [row_])
    with pytest.raises(ScenarioError) as caught:
        imported(place)
    (problem,) = caught.value.diagnostics
    assert "the columns are `SKU`, `titel`, `name`, `shelf`, `c0`" in problem.help and "and 4 more" in problem.help
    assert "`id` is read from `sku`, which is not there: did you mean `SKU`?" in problem.help
    assert "`title`" not in problem.help and "1 time: no id" in problem.help


# What is not there --------------------------------------------------------------------------------------------------


def test_a_product_without_a_price_is_above_any_price(dirty: Path) -> None:
    catalog = imported(dirty)
    priceless = catalog.product(catalog.row_of("A2") or 0)
    assert not priceless["has_price"] and priceless["price"] == NO_PRICE and encode(priceless["price"], MONEY) is None
    for op in ("at_most", "at_least", "is"):
        for value in (1, 10**8, NO_PRICE):
            wish: Any = {"field": "price", "op": op, "value": value, "says": ""}
            assert not meets.call(priceless, wish)
            assert priceless.row not in catalog.filter([wish])
            assert meets.call(catalog.products, wish).tolist() == [meets.call(p, wish) for p in catalog.products]
    wanted: Any = {"field": "has_price", "op": "is", "value": True}
    assert len(catalog.filter([wanted])) == 6


def test_what_is_not_known_is_not_wished_for(dirty: Path) -> None:
    catalog = imported(dirty)
    for product in catalog.products:
        fields = {w["field"] for w in catalog.wishes(product.row)}
        assert len(fields) == product["dimensions"]
        assert ("price" in fields) == product["has_price"] and ("rating" in fields) == (product["rating"] > 0)
        assert ("brand" in fields) == (product["brand"] != "unbranded") and fields >= product["attributes"].keys()
        assert all(meets.call(product, w) for w in catalog.wishes(product.row))
    with pytest.raises(UnknownField):
        catalog.wish(catalog.row_of("A3") or 0, "color")


def test_a_filter_on_an_attribute_leaves_out_products_without_it(dirty: Path) -> None:
    catalog = imported(dirty)
    for field, op, value in [("color", "is", "red"), ("weight", "at_most", 10_000), ("weight", "at_least", 251)]:
        wanted: Any = {"field": field, "op": op, "value": value, "says": ""}
        expected = [p.row for p in catalog.products if meets.call(p, wanted)]
        assert catalog.filter([wanted]).tolist() == expected and 0 < len(expected) < catalog.size


def test_stock_and_shipping_come_from_the_id_alone(tmp_path: Path) -> None:
    rows = [row(i) for i in range(1, 200)]
    whole = imported(write_lines(tmp_path / "a.jsonl", rows))
    part = imported(write_lines(tmp_path / "b.jsonl", rows[100:]))
    for name in ("in_stock", "ships_in"):
        assert part.column(name).tolist() == whole.column(name).tolist()[100:]
    assert 0.85 < whole.column("in_stock").mean() < 1 and set(whole.column("ships_in")) <= set(range(1, 11))


def test_stock_and_shipping_that_are_there_are_kept(tmp_path: Path) -> None:
    rows = [row(i, stocked=["yes", "no"][i % 2], days=i % 5) for i in range(1, 30)]
    place = write_lines(tmp_path / "a.jsonl", rows)
    spec = declared(place, "    price: cost", "    price: cost\n    in_stock: stocked\n    ships_in: days")
    build(spec, SOURCES["rows"], tmp_path / "out", quiet)
    catalog = open_catalog(tmp_path / "out")
    assert catalog.column("ships_in").tolist() == [i % 5 for i in range(1, 30)]
    assert catalog.column("in_stock").tolist() == [i % 2 == 0 for i in range(1, 30)]
    assert manifest_of(tmp_path / "out").content["facts"]["synthetic"] == {}


def test_variants_are_made_of_values_that_the_type_comes_in(tmp_path: Path) -> None:
    rows = [row(i, details={"Color": ["red", "gray"][i % 2]} if i % 3 else {}) for i in range(1, 100)]
    rows += [row(i, path=["Kitchen", "Jugs"], details={"Color": "blue"}) for i in range(100, 120)]
    catalog = imported(write_lines(tmp_path / "a.jsonl", rows))
    assert any(catalog.variants(r) for r in range(catalog.size))
    for product in catalog.products:
        variants = catalog.variants(product.row)
        assert product["has_variants"] == bool(variants)
        if variants:
            labels = [v["label"] for v in variants]
            assert product["type"] == "Mugs" and labels[0] == product["attributes"]["color"]
            assert set(labels) <= {"red", "grey"}


# Kinds --------------------------------------------------------------------------------------------------------------


def test_kinds_are_small_enough_to_rank(tmp_path: Path) -> None:
    rows = [row(i, maker=["Orlo", "Tarn", None][i % 3] if i < 60 else "Orlo") for i in range(1, 160)]
    rows += [row(i, path=["Kitchen", "Jugs"]) for i in range(200, 220)]
    rows += [row(i, path=["Garden", "Jugs"], shelf="Garden") for i in range(300, 303)]
    catalog = imported(write_lines(tmp_path / "a.jsonl", rows))
    names, counts = np.unique(catalog.column("kind").astype(str), return_counts=True)
    sizes = dict(zip(names.tolist(), counts.tolist(), strict=True))
    assert max(sizes.values()) <= KIND_LIMIT and sum(sizes.values()) == catalog.size
    assert sizes["jugs of Kitchen"] == 20 and sizes["jugs of Garden"] == 3
    assert sizes["mugs from Tarn"] == 20 and sizes["mugs without a brand"] == 20
    orlo = sorted(name for name in sizes if name.startswith("mugs from Orlo"))
    assert (
        orlo == [f"mugs from Orlo, no. {i}" for i in range(1, 5)]
        and max(sizes[n] for n in orlo) - min(sizes[n] for n in orlo) <= 1
    )
    for product in catalog.products[::7]:
        assert (
            catalog.alike(product.row).rows.tolist()
            == np.flatnonzero(catalog.column("kind") == product["kind"]).tolist()
        )


# Large and interrupted ----------------------------------------------------------------------------------------------


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 4)


@pytest.mark.usefixtures("small_shards")
def test_shards_do_not_show(dirty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_many = build(declared(dirty), SOURCES["rows"], tmp_path / "many", quiet)
    monkeypatch.setattr(shards, "SHARD", 1000)
    in_one = build(declared(dirty), SOURCES["rows"], tmp_path / "one", quiet)
    assert in_many.content["facts"] == in_one.content["facts"] and in_many.digest == in_one.digest
    assert in_many.content["files"] == in_one.content["files"]


@pytest.mark.usefixtures("small_shards")
def test_an_interrupted_import_goes_on_where_it_stopped(
    dirty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        pass

    def stopping(stage: str, done: int, of: int) -> None:
        if stage == "read" and done >= 8:
            raise Stopped

    with pytest.raises(Stopped):
        build(declared(dirty), SOURCES["rows"], tmp_path / "out", stopping)
    assert not (tmp_path / "out").exists()
    skipped: list[int] = []
    read = shards.records
    monkeypatch.setattr(shards, "records", lambda rows, skip: skipped.append(skip) or read(rows, skip))
    resumed = build(declared(dirty), SOURCES["rows"], tmp_path / "out", quiet, resume=True)
    fresh = build(declared(dirty), SOURCES["rows"], tmp_path / "fresh", quiet)
    assert skipped == [8, 0] and resumed.content == fresh.content


@pytest.mark.usefixtures("small_shards")
def test_data_that_changed_meanwhile_is_not_mixed(dirty: Path, tmp_path: Path) -> None:
    def breaking(texts: Any) -> Any:
        raise KeyboardInterrupt

    def stopping(stage: str, done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(declared(dirty), SOURCES["rows"], tmp_path / "out", stopping, embedder=Embedder("static", 256, breaking))
    with dirty.open("a") as file:
        file.write("{}\n")
    with pytest.raises(ScenarioError, match="has changed"):
        build(declared(dirty), SOURCES["rows"], tmp_path / "out", quiet, resume=True)


@pytest.mark.parametrize("size", [1, 5, 8])
def test_a_size_is_the_most_that_are_taken(size: int, dirty: Path) -> None:
    assert imported(dirty, size).column("id").tolist() == KEPT[:size]


# Declarations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("source: rows", "source: generated", "R620", "imports no `rows`"),
        ("grey: [gray]", "grey: [red]", "R622", "`red` is a spelling of `grey` and of `red`"),
        ("units: {g: 1, kg: 1000, oz: 28.349523}", "values: {}", "R622", "needs `units`"),
        ("values: {grey: [gray], red: [], blue: [navy blue]}", "units: {g: 1}", "R622", "needs `values`"),
        ("{g: 1, kg", '{"": 1, kg', "R622", "bare number"),
        ("attributes: [color]", "attributes: [colour]", "R605", "`colour`"),
        ("attributes: [color]", "attributes: [weight]", "R605", "no enum attribute"),
        ("options: 2..3", "options: 1..3", "R610", "1..3"),
        ("    color: {from", "    price: {from", "R606", "`price` has the name of a field"),
        ('says: "in {value}"', 'says: "in color"', "R609", "does not say the value"),
        ("    price: cost\n", "    price: cost\n    cost: price\n", "S103", "unknown key `cost`"),
        ("    title: name\n", "", "S104", "`title`"),
    ],
)
def test_an_impossible_declaration_is_reported(
    old: str, new: str, code: str, says: str, problems_of: Callable[[str], list[Any]]
) -> None:
    text = FILE.format(place="x.jsonl")
    assert text.count(old) >= 1
    found = [d for d in problems_of(text.replace(old, new, 1)) if d.code == code]
    assert found and says in found[0].message and found[0].span is not None


@pytest.fixture
def problems_of() -> Callable[[str], list[Any]]:
    def tell(text: str) -> list[Any]:
        try:
            spec = load_text(text, "things.yaml").spec
        except ScenarioError as error:
            return list(error.diagnostics)
        found = Diagnostics()
        assert isinstance(spec, kinds.Catalog)
        check(spec, found)
        return found.items

    return tell


# Real data ----------------------------------------------------------------------------------------------------------


def shipped(name: str, place: Path) -> kinds.Catalog:
    from dataclasses import replace

    spec = load(str(ROOT / "scenarios" / "catalogs" / f"{name}.yaml")).spec
    assert isinstance(spec, kinds.Catalog) and spec.rows is not None
    return replace(spec, rows=replace(spec.rows, place=kinds.Location(str(place), str(place), spec.span)))


@needs_data
def test_real_product_rows_are_imported() -> None:
    catalog = SOURCES["rows"].load(shipped("amazon", DATA / "amazon-reviews-2023-sample.jsonl"), None)
    assert catalog.size == 9 and all(p["has_price"] and p["rating"] > 4 for p in catalog.products)
    boot = catalog.product(catalog.row_of("B00BCHDM14") or 0)
    assert boot["title"] == "Kamik Women's Momentum Snow Boot" and boot["brand"] == "Kamik" and boot["price"] == 7995
    assert boot["type"] == "Snow & Cold Weather" and boot["attributes"]["weight"] == 590  # 1.3 pounds
    assert catalog.search("warm boots for snow", None, 1).rows.tolist() == [boot.row]


@needs_data
def test_a_foreign_world_is_imported() -> None:
    place = DATA / "tau2-retail" / "db.json"
    catalog = SOURCES["rows"].load(shipped("tau2-retail", place), None)
    world = json.loads(place.read_text(encoding="utf-8"))["products"]
    items = {i: v for p in world.values() for i, v in p["variants"].items()}
    assert catalog.size == len(items) == 591
    for product in catalog.products:
        item = items[product["id"]]
        assert product["price"] == round(item["price"] * 100) and product["in_stock"] == item["available"]
    assert len(set(catalog.column("kind"))) == len(world)


# Any row ------------------------------------------------------------------------------------------------------------


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


ODD = [
    "\ud800", "a\udfffb", "\0", "\u2028", "&#xD800;", "&#99999999999;", "<" * 50, 10**400, -(10**400), 1e308, -1e308, float("nan"),
    float("inf"), "1e999", "9" * 500, "9" * 5000, "9" * 500 + " kg", "9" * 310 + " g", "$" + "9" * 400, "0", "-0", -0.0, True, None, "", " ", [], {},
    [[]], {"": ""}, {"\ud800": "\ud800"}, ["\ud800"], "{", "[", "{}", "[" * 5000, '{"Color": ' * 500, "x" * 100_000, "٣", "½", "1,2,3,4", "1..2", ".",
]  # fmt: skip
COLUMNS = ("sku", "name", "path", "shelf", "maker", "cost", "stars", "votes", "bullets", "details")
LINES = [
    b"", b"null", b"1", b'"x"', b"[]", b"{", b"\xff", b"\xef\xbb\xbf{}", b"\0", b'{"a": 1' + b"0" * 5000 + b"}", b"{}" * 3, b'"' + "\u00fc".encode() * 50 + b'"',
    ("[" + '"\u20ac"' * 1 + ', "' + "\u20ac" * 40 + '"]').encode(), b"[" * 100_000, b"\r", b'{"sku": "a", "sku": {}}',
    *(f'{{"sku": "deep{n}", "name": "x", "shelf": "y", "{column}": {deep(n)}}}'.encode() for n in (100, 300, 480, 700, 900, 20_000) for column in ("cost", "bullets", "details", "name")),
]  # fmt: skip


def letters(texts: Sequence[str]) -> Any:
    return np.array([[text.lower().count(chr(97 + i)) + 1 for i in range(26)] for text in texts], dtype=np.float32)


LETTERS = Embedder("letters", 26, letters)


def built_from(path: Path, tmp_path: Path) -> tuple[Catalog, list[dict[str, Any]]]:
    spec = load_text(FILE.format(place=path), "things.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    out = tmp_path / "built"
    build(spec, SOURCES["rows"], out, lambda *_: None, embedder=LETTERS)
    rejects = [json.loads(line) for line in (out / "rejects.jsonl").read_text(encoding="utf-8").split("\n") if line]
    return open_catalog(out, {LETTERS.name: LETTERS}), rejects


def test_an_import_survives_any_value_in_any_column(tmp_path: Path) -> None:
    rows = [row(n, **{column: odd}) for n, (column, odd) in enumerate((c, o) for c in COLUMNS for o in ODD)]
    rows += [row(9000 + n, details={"Color": odd, "Weight": odd}) for n, odd in enumerate(ODD)]
    path = tmp_path / "things.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in [row(99_999), *rows]), encoding="utf-8")
    catalog, rejects = built_from(path, tmp_path)
    assert catalog.size > len(rows) / 2
    assert all(each["reason"] for each in rejects)
    for product in catalog.products:
        json.dumps({name: product[name] for name in catalog.readers}).encode()


def test_an_import_survives_any_line(tmp_path: Path) -> None:
    path = tmp_path / "things.jsonl"
    good = json.dumps(row(1)).encode()
    path.write_bytes(b"\n".join([good, *LINES, json.dumps(row(2)).encode()]))
    catalog, rejects = built_from(path, tmp_path)
    assert {"A1", "A2"} <= {product["id"] for product in catalog.products}
    assert rejects


@given(
    st.lists(
        st.binary(max_size=60) | st.text(max_size=30).map(lambda t: t.encode("utf-8", "surrogatepass")), max_size=20
    )
)
@settings(max_examples=30, deadline=None)
def test_an_import_survives_any_bytes(lines: list[bytes]) -> None:
    for ending, first in (("jsonl", json.dumps(row(1)).encode()), ("csv", b"sku,name,shelf,cost\nA1,x,y,1")):
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"things.{ending}"
            path.write_bytes(b"\n".join([first, *lines]))
            catalog, _ = built_from(path, Path(folder))
            assert catalog.size >= 1


def test_an_import_survives_values_of_parquet_that_python_lacks(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    broken = pyarrow.Array.from_buffers(
        pyarrow.string(),
        2,
        [None, pyarrow.py_buffer(np.array([0, 1, 2], np.int32).tobytes()), pyarrow.py_buffer(b"x\xff")],
    )
    dates = pyarrow.array([0, 2**40], pyarrow.timestamp("s"))
    for column in ({"maker": broken}, {"cost": dates}):
        table = pyarrow.table({"sku": ["A1", "A2"], "name": ["x", "y"], "shelf": ["a", "a"], **column})
        path = tmp_path / f"{next(iter(column))}.parquet"
        parquet.write_table(table, path)
        catalog, rejects = built_from(path, tmp_path / path.stem)
        assert catalog.size == 1 and "not readable" in rejects[-1]["reason"]
