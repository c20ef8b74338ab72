"""Resuming an interrupted build: what is refused, what is kept, and what is said of damage."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlve_dsl.catalog import SOURCES, Embedder, build, manifest_of, open_catalog, verify
from rlve_dsl.catalog.imports import shards
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import kinds, load_text

FILE = """\
kind: Catalog
name: things
source: rows
rows: {{from: {place}, columns: {{id: sku, title: name, type: shelf}}}}
"""


class Stopped(Exception):
    pass


def stopping(texts: Sequence[str]) -> Any:
    raise Stopped


def letters(texts: Sequence[str]) -> Any:
    return np.array([[text.lower().count(chr(97 + i)) + 1 for i in range(26)] for text in texts], dtype=np.float32)


def quiet(stage: str, done: int, of: int) -> None:
    pass


@pytest.fixture
def spec(tmp_path: Path) -> kinds.Catalog:
    place = tmp_path / "things.jsonl"
    rows = ({"sku": f"A{n}", "name": f"Mug number {n}", "shelf": "Kitchen"} for n in range(10))
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    spec = load_text(FILE.format(place=place), "things.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    return spec


def stopped_after_products(spec: kinds.Catalog, out: Path) -> Path:
    """The folder of a build that was interrupted when its products were done."""
    with pytest.raises(Stopped):
        build(spec, SOURCES["rows"], out, quiet, embedder=Embedder("letters", 26, stopping))
    return out.parent / f".{out.name}.building"


def stopped_after_two_shards(spec: kinds.Catalog, out: Path) -> Path:
    def stop(stage: str, done: int, of: int) -> None:
        if stage == "read" and done == 8:
            raise Stopped

    with pytest.raises(Stopped):
        build(spec, SOURCES["rows"], out, stop, embedder=Embedder("letters", 26, letters))
    return out.parent / f".{out.name}.building"


def resume(spec: kinds.Catalog, out: Path) -> None:
    build(spec, SOURCES["rows"], out, quiet, embedder=Embedder("letters", 26, letters), resume=True)


def refused(spec: kinds.Catalog, out: Path) -> tuple[str, str, str]:
    with pytest.raises(ScenarioError) as caught:
        resume(spec, out)
    (problem,) = caught.value.diagnostics
    return problem.code, problem.message, problem.help


@pytest.mark.parametrize("interrupted", [stopped_after_two_shards, stopped_after_products])
def test_changed_data_is_refused_whatever_is_done_and_the_build_is_kept(
    interrupted: Callable[[kinds.Catalog, Path], Path],
    spec: kinds.Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards, "SHARD", 4)
    data, out = tmp_path / "things.jsonl", tmp_path / "out"
    folder = interrupted(spec, out)
    before, when = data.read_bytes(), data.stat().st_mtime_ns
    files = sorted(folder.rglob("*"))
    data.write_bytes(before.replace(b"Mug number", b"Cup number"))
    code, message, help_ = refused(spec, out)
    assert code == "R627" and "data has changed" in message and "without `--resume`" in help_
    data.unlink()
    code, message, _ = refused(spec, out)
    assert code == "R621" and "there is no file" in message
    assert sorted(folder.rglob("*")) == files
    data.write_bytes(before)
    os.utime(data, ns=(when, when))
    resume(spec, out)
    assert verify(out, quiet).content["size"] == 10


def test_a_build_of_another_size_is_refused_and_kept(spec: kinds.Catalog, tmp_path: Path) -> None:
    folder = stopped_after_products(spec, tmp_path / "out")
    with pytest.raises(ScenarioError, match="another declaration, size or embedder"):
        build(
            spec, SOURCES["rows"], tmp_path / "out", quiet, size=3, embedder=Embedder("letters", 26, letters), resume=True
        )  # fmt: skip
    assert (folder / "products.json").is_file()
    resume(spec, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("name", ["building.json", "products.json", "kind_code.npy", "brand.ends.npy"])
def test_a_damaged_unfinished_build_is_told(name: str, content: bytes, spec: kinds.Catalog, tmp_path: Path) -> None:
    folder = stopped_after_products(spec, tmp_path / "out")
    (folder / name).write_bytes(content)
    code, message, help_ = refused(spec, tmp_path / "out")
    assert code == "R627" and "unfinished build" in message and f"`{name}`" in message
    assert "without `--resume`" in help_ and folder.is_dir()
    build(spec, SOURCES["rows"], tmp_path / "out", quiet, embedder=Embedder("letters", 26, letters))


def test_a_damaged_or_missing_file_of_a_shard_is_told(
    spec: kinds.Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD", 4)
    folder = stopped_after_two_shards(spec, tmp_path / "out")
    for path in sorted((folder / "shards" / "000001").iterdir()):
        before = path.read_bytes()
        for damage in (b"", b"{", before[:-1] + bytes([before[-1] ^ 1]) if before else b"x"):
            path.write_bytes(damage)
            if damage == before:
                continue
            code, message, _ = refused(spec, tmp_path / "out")
            assert code == "R627" and "shard 000001" in message, path
        path.unlink()
        assert "shard 000001" in refused(spec, tmp_path / "out")[1]
        path.write_bytes(before)
    resume(spec, tmp_path / "out")
    assert verify(tmp_path / "out", quiet).content["size"] == 10


def test_damaged_vectors_are_made_again(spec: kinds.Catalog, tmp_path: Path) -> None:
    calls: list[int] = []

    def encode(texts: Sequence[str]) -> Any:
        calls.append(len(texts))
        if len(calls) == 2:  # the texts by which an embedder is known again
            raise Stopped
        return letters(texts)

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        build(spec, SOURCES["rows"], out, quiet, embedder=Embedder("letters", 26, encode))
    (vectors,) = (tmp_path / ".out.building" / "index" / "shards").glob("*.npy")
    vectors.write_bytes(b"{")
    resume(spec, out)
    build(spec, SOURCES["rows"], tmp_path / "fresh", quiet, embedder=Embedder("letters", 26, letters))
    assert manifest_of(out).content == manifest_of(tmp_path / "fresh").content


def test_a_folder_may_be_named_by_a_text(spec: kinds.Catalog, tmp_path: Path) -> None:
    embedder = Embedder("letters", 26, letters)
    out = str(tmp_path / "out")
    build(spec, SOURCES["rows"], out, quiet, embedder=embedder)
    assert open_catalog(out, {"letters": embedder}).size == 10
    assert verify(out, quiet).digest == manifest_of(out).digest
