"""CSV as it is found: stray quotes, other encodings, a header that says a name twice."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import SOURCES, build
from rlve_dsl.catalog.imports.csv_records import CsvFields
from rlve_dsl.catalog.imports.reading import Rejected
from rlve_dsl.catalog.imports.records import records
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import kinds, load_text

FILE = """\
kind: Catalog
name: things
source: rows
rows: {{from: {place}, columns: {{id: sku, title: name, type: shelf, price: cost}}}}
"""


def declared(place: Path) -> kinds.Catalog:
    spec = load_text(FILE.format(place=place), "things.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    return spec


def read(place: Path, content: bytes, skip: int = 0) -> list[Any]:
    place.write_bytes(content)
    rows = declared(place).rows
    assert rows is not None
    return list(records(rows, skip))


def rejected(found: list[Any]) -> list[Rejected]:
    return [record for record in found if isinstance(record, Rejected)]


# Stray quotes -------------------------------------------------------------------------------------------------------


def things(count: int, line: Callable[[int], str]) -> str:
    return "sku,name,shelf,cost\n" + "".join(line(n) + "\n" for n in range(1, count + 1))


def test_a_stray_quote_costs_one_line(tmp_path: Path) -> None:
    text = things(3000, lambda n: f"S{n},{chr(34) if n == 100 else ''}kettle {n},kettle,K")
    found = read(tmp_path / "a.csv", text.encode())
    assert len(found) == 3000
    (broken,) = rejected(found)
    assert "a quote that is not closed" in broken.reason and broken.excerpt == 'line 101: S100,"kettle 100,kettle,K'
    assert [r["sku"] for r in found if isinstance(r, dict)] == [f"S{n}" for n in range(1, 3001) if n != 100]
    assert read(tmp_path / "a.csv", text.encode(), skip=2000) == found[2000:]


def test_fields_of_several_lines_are_read_before_and_after_a_stray_quote(tmp_path: Path) -> None:
    text = (
        'sku,name,shelf,cost\nA,"two\nlines",s,1\nB,"stray,s,1\nC,"two\n""more"" lines",s,1\n\nD,d,s,1\nE,"open,s,1\n'
    )
    found = read(tmp_path / "a.csv", text.encode())
    names = [r["name"] if isinstance(r, dict) else r.excerpt for r in found]
    assert names == ["two\nlines", 'line 4: B,"stray,s,1', 'two\n"more" lines', "d", 'line 9: E,"open,s,1']


@pytest.mark.parametrize("line", ['S,"x,y', 'x",y,"z', '"a""b', '"', 'a,"b",c', '"a\n"', 'a,"b"c'])
def test_many_stray_quotes_take_linear_time(line: str) -> None:
    for count in (1000, 4000):
        fields = CsvFields(io.StringIO((line + "\n") * count, newline=""))
        assert sum(1 for _ in fields) <= 2 * count
        assert fields.lines_read <= 3 * 2 * count


@given(st.lists(st.lists(st.text(alphabet='ab", \n', max_size=5), min_size=2, max_size=4), max_size=20))
def test_sound_csv_is_read_as_python_reads_it(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    assert list(CsvFields(io.StringIO(written.getvalue(), newline=""))) == rows


# Encodings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl"])
def test_a_row_that_is_not_utf8_is_rejected_in_every_format(ending: str, tmp_path: Path) -> None:
    lines = ["sku,name,shelf,cost", "A,Mug,s,1", "B,Caf\u00e9,s,1", "C,\u2615,s,1"]
    if ending == "jsonl":
        lines = ['{"sku": "A"}', '{"sku": "B\u00e9"}', '{"sku": "C", "name": "\u2615"}']
    content = b"\n".join(line.encode("latin-1" if "\u00e9" in line else "utf-8") for line in lines)
    found = read(tmp_path / f"a.{ending}", gzip.compress(content) if ending.endswith("gz") else content)
    assert len(found) == 3 and found[2]["name"] == "\u2615"
    assert isinstance(found[1], Rejected) and found[1].reason == "not UTF-8" and "\\xe9" in found[1].excerpt


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "json"])
def test_a_file_in_another_encoding_is_one_error(ending: str, encoding: str, tmp_path: Path) -> None:
    content = "sku,name,shelf,cost\nA,Mug,s,1\n".encode(encoding)
    assert content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    with pytest.raises(ScenarioError, match="UTF-16 or UTF-32") as caught:
        read(tmp_path / f"a.{ending}", gzip.compress(content) if ending.endswith("gz") else content)
    (problem,) = caught.value.diagnostics
    assert problem.code == "R621" and "UTF-8" in problem.help


def test_a_json_document_that_is_not_utf8_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="not UTF-8: .* at byte 2"):
        read(tmp_path / "a.json", b'["\xe9"]')


def test_json_that_is_too_large_for_python_is_told_from_what_is_no_json(tmp_path: Path) -> None:
    lines = [b'{"a": ' + b"9" * 6000 + b"}", b'{"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"a": ']
    found = rejected(read(tmp_path / "a.jsonl", b"\n".join(lines)))
    assert [r.reason for r in found] == [
        "JSON with a number that is too long",
        "JSON that is nested too deep",
        "not JSON",
    ]
    for line, says in zip(lines, ("a number that is too long", "nested too deep", "is not JSON"), strict=True):
        with pytest.raises(ScenarioError, match=says):
            read(tmp_path / "a.json", line)


# Headers ------------------------------------------------------------------------------------------------------------


def test_a_wanted_column_that_the_header_has_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="has 2 columns `name`"):
        build(_with(tmp_path, "sku,name,shelf,name\nA,Mug,s,Cup\n"), SOURCES["rows"], tmp_path / "out", lambda *_: None)
    assert not (tmp_path / "out").exists()


def test_columns_that_nobody_reads_may_share_a_name(tmp_path: Path) -> None:
    built = build(
        _with(tmp_path, "sku,name,shelf,,,x,x\nA,Mug,s,,,1,2\n"), SOURCES["rows"], tmp_path / "out", lambda *_: None
    )
    assert built.content["size"] == 1


def test_a_header_that_is_no_csv_is_told(tmp_path: Path) -> None:
    for header, says in ((b'sku,"name', "a quote that is not closed"), (b"sku,n\xe9me", "not UTF-8")):
        with pytest.raises(ScenarioError, match=f"the header of .* cannot be read: .*{says}"):
            read(tmp_path / "a.csv", header + b"\nA,Mug,s,1\n")


def _with(folder: Path, text: str) -> kinds.Catalog:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return declared(folder / "a.csv")
