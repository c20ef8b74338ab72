"""A catalog built into a folder: what it opens as, what an interrupted build leaves, and how damage is reported."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.catalog import (
    PRODUCT,
    SOURCES,
    Built,
    Catalog,
    CatalogSource,
    Embedder,
    build,
    generate,
    manifest_of,
    open_catalog,
    verify,
)
from rlve_dsl.catalog.folders import manifest
from rlve_dsl.episode import record
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions import Lambda
from rlve_dsl.files import kinds

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SIZE = 700


def letters(texts: Sequence[str]) -> Any:
    return np.array([[text.lower().count(chr(97 + i)) + 1 for i in range(26)] for text in texts], dtype=np.float32)


LETTERS = Embedder("letters", 26, letters)
EMBEDDERS = {"letters": LETTERS}


def quiet(stage: str, done: int, of: int) -> None:
    pass


def codes(caught: pytest.ExceptionInfo[ScenarioError]) -> set[str]:
    return {d.code for d in caught.value.diagnostics}


@pytest.fixture(scope="module")
def built(general_spec: kinds.Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogs") / "general"
    build(general_spec, SOURCES["generated"], folder, quiet, size=SIZE, embedder=LETTERS)
    return folder


@pytest.fixture(scope="module")
def small(pocket_spec: kinds.Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog of few kinds, which opens ten times as fast."""
    folder = tmp_path_factory.mktemp("catalogs") / "pocket"
    build(pocket_spec, SOURCES["generated"], folder, quiet, embedder=LETTERS)
    return folder


def copied(built: Path, folder: Path) -> Path:
    for path in built.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(built)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the built folder, to be damaged."""
    return copied(built, tmp_path / "copy")


# Opened -------------------------------------------------------------------------------------------------------------


def test_what_is_opened_is_what_was_generated(built: Path, general_spec: kinds.Catalog) -> None:
    opened, made = open_catalog(built, EMBEDDERS), generate(general_spec, SIZE, LETTERS)
    assert opened.digest == made.digest and opened.size == made.size == SIZE and opened.projects == made.projects
    for name in PRODUCT.names:
        assert opened.column(name).tolist() == made.column(name).tolist(), name
    cheap = Lambda(one=lambda p: p["price"] < 2_000, column=lambda t: t.column("price") < 2_000, key="cheap")
    assert opened.select(cheap).rows.tolist() == made.select(cheap).rows.tolist()
    for row in range(0, SIZE, 23):
        assert opened.wishes(row) == made.wishes(row) and opened.variants(row) == made.variants(row)
        assert opened.alike(row).rows.tolist() == made.alike(row).rows.tolist()
        fields = [wish["field"] for wish in made.wishes(row)]
        assert [opened.words_for(row, f) for f in fields] == [made.words_for(row, f) for f in fields]
        product = made.product(row)
        assert opened.row_of(product["id"]) == row
        for field in ("kind", "type", "department", "brand"):
            wanted: Any = {"field": field, "op": "is", "value": product[field]}
            assert opened.filter([wanted]).tolist() == made.filter([wanted]).tolist()
    for query in ("usb c charger", "tea", ""):
        assert opened.search(query, None, 40).rows.tolist() == made.search(query, None, 40).rows.tolist()


@pytest.mark.parametrize("name", ["pocket", "general"])
def test_ids_of_words_and_of_numbers_are_kept(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    spec = request.getfixturevalue(f"{name}_spec")
    build(spec, SOURCES["generated"], tmp_path / "out", quiet, size=30, embedder=LETTERS)
    opened = open_catalog(tmp_path / "out", EMBEDDERS)
    assert opened.column("id").tolist() == generate(spec, 30).column("id").tolist()
    assert [opened.row_of(i) for i in opened.column("id")] == list(range(30)) and opened.row_of("owl-owl") is None


def test_nothing_as_long_as_the_catalog_is_read_when_it_is_opened(built: Path) -> None:
    columns = open_catalog(built, EMBEDDERS).table.columns
    for name in ("price", "type_code", "slots", "in_stock"):
        values = getattr(columns, name)
        assert not values.flags.owndata and not values.flags.writeable


def test_two_builds_are_the_same_bytes(built: Path, general_spec: kinds.Catalog, tmp_path: Path) -> None:
    again = build(general_spec, SOURCES["generated"], tmp_path / "again", quiet, size=SIZE, embedder=LETTERS)
    assert again.content == manifest_of(built).content


def test_another_process_opens_the_same(built: Path) -> None:
    code = (
        "import sys; from rlve_dsl.catalog import *; print(manifest_of(__import__('pathlib').Path(sys.argv[1])).digest)"
    )
    root = str(Path(__file__).parents[2])
    out = subprocess.run(
        [sys.executable, "-c", code, str(built)], env={**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "5"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert out.stdout.strip() == open_catalog(built, EMBEDDERS).digest


def test_an_episode_over_a_folder_is_the_episode_over_its_file(
    pocket_spec: kinds.Catalog, tmp_path: Path, bend: Any
) -> None:
    build(pocket_spec, SOURCES["generated"], tmp_path / "pocket", quiet)
    text = {
        "kind": "Collection", "name": "c", "environments": [str(SCENARIOS / "environments" / "cart.yaml")],
        "axes": str(SCENARIOS / "axes" / "standard.yaml"), "reward": str(SCENARIOS / "rewards" / "composite.yaml"),
        "user": str(SCENARIOS / "users" / "shopper.yaml"), "curves": {"stock_outs": "0"},
    }  # fmt: skip
    played = []
    for catalog in ("pocket", str(SCENARIOS / "catalogs" / "pocket.yaml")):
        (tmp_path / "c.yaml").write_text(json.dumps({**text, "catalog": catalog}), encoding="utf-8")
        episode = rlve_dsl.load(tmp_path / "c.yaml").reset("cart", level=5, seed=3)
        play(episode, OracleAgent(episode))
        played.append(record(episode))
    assert played[0] == played[1]


def test_a_folder_that_is_no_catalog_is_reported_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = (SCENARIOS / "first-steps.yaml").read_text(encoding="utf-8")
    text = text.replace("catalogs/pocket.yaml", str(tmp_path / "empty"))
    for folder in ("environments/", "axes/", "rewards/", "users/", "wordings/"):
        text = text.replace(folder, f"{SCENARIOS}/{folder}")
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        rlve_dsl.load(tmp_path / "c.yaml")
    (problem,) = [d for d in caught.value.diagnostics if d.severity == "error"]
    assert problem.code == "R623" and problem.span is not None and problem.span.file == str(tmp_path / "c.yaml")


# Interrupted --------------------------------------------------------------------------------------------------------


class Stopped(Exception):
    pass


def breaking(texts: Sequence[str]) -> Any:
    raise Stopped


def test_an_interrupted_build_leaves_nothing_that_opens_and_is_resumed(
    built: Path, general_spec: kinds.Catalog, tmp_path: Path
) -> None:
    made: list[int] = []

    def counting(spec: kinds.Catalog, size: int | None = None, embedder: Embedder = LETTERS) -> Catalog:
        made.append(size or 0)
        return generate(spec, size, embedder)

    source, out = CatalogSource("generated", counting), tmp_path / "out"
    with pytest.raises(Stopped):
        build(general_spec, source, out, quiet, size=SIZE, embedder=Embedder("letters", 26, breaking))
    assert not out.exists()
    for left in tmp_path.iterdir():
        with pytest.raises(ScenarioError) as caught:
            open_catalog(left, EMBEDDERS)
        assert codes(caught) == {"R623"}
        (left / ".products.json-half").write_text("{", encoding="utf-8")  # as a kill leaves a file half written
    resumed = build(general_spec, source, out, quiet, size=SIZE, embedder=LETTERS, resume=True)
    assert made == [SIZE] and list(tmp_path.iterdir()) == [out]
    assert resumed.content == manifest_of(built).content


KILLED = """
import os, signal, sys
from pathlib import Path
from rlve_dsl.catalog import SOURCES, Embedder, build
from rlve_dsl.files import load
def encode(texts): os.kill(os.getpid(), signal.SIGKILL)
spec = load(sys.argv[1]).spec
build(spec, SOURCES["generated"], Path(sys.argv[2]), lambda *a: None, size=300, embedder=Embedder("letters", 26, encode))
"""


def test_a_killed_build_is_resumed(general_spec: kinds.Catalog, tmp_path: Path) -> None:
    root, out = Path(__file__).parents[2], tmp_path / "out"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(root / "scenarios/catalogs/general.yaml"), str(out)],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL and not out.exists()
    build(general_spec, SOURCES["generated"], out, quiet, size=300, embedder=LETTERS, resume=True)
    assert verify(out, quiet).content["size"] == 300


def test_a_build_of_something_else_is_not_resumed_but_may_start_afresh(
    general_spec: kinds.Catalog, tmp_path: Path
) -> None:
    source, out = SOURCES["generated"], tmp_path / "out"
    with pytest.raises(Stopped):
        build(general_spec, source, out, quiet, size=100, embedder=Embedder("letters", 26, breaking))
    with pytest.raises(ScenarioError) as caught:
        build(general_spec, source, out, quiet, size=101, embedder=LETTERS, resume=True)
    assert codes(caught) == {"R627"}
    assert build(general_spec, source, out, quiet, size=101, embedder=LETTERS).content["size"] == 101


def test_what_is_there_is_not_built_over(built: Path, general_spec: kinds.Catalog) -> None:
    before = manifest_of(built).content
    with pytest.raises(ScenarioError) as caught:
        build(general_spec, SOURCES["generated"], built, quiet, size=3, embedder=LETTERS)
    assert codes(caught) == {"R627"} and manifest_of(built).content == before


def test_two_processes_do_not_build_in_one_folder(general_spec: kinds.Catalog, tmp_path: Path) -> None:
    work = tmp_path / ".out.building"
    work.mkdir()
    with (work / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ScenarioError, match="another process"):
            build(general_spec, SOURCES["generated"], tmp_path / "out", quiet, size=3, embedder=LETTERS)


# Damaged ------------------------------------------------------------------------------------------------------------


def test_a_sound_catalog_is_verified(built: Path) -> None:
    assert isinstance(verify(built, quiet), Built)


def flip(path: Path, place: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def resealed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and seal it again."""
    from rlve_dsl.catalog.folders.manifest import seal_of

    content = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    content.pop("seal")
    change(content)
    (folder / "catalog.json").write_text(json.dumps({**content, "seal": seal_of(content)}), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "code", "says"),
    [
        (lambda f: (f / "price.npy").unlink(), "R625", "`price.npy` is missing"),
        (lambda f: (f / "price.npy").write_bytes(b"x"), "R625", "`price.npy` has 1 bytes instead of"),
        (lambda f: flip(f / "catalog.json"), "R625", "catalog.json"),
        (lambda f: (f / "catalog.json").write_text("[]"), "R625", "catalog.json"),
        (lambda f: (f / "catalog.json").unlink(), "R623", "no built catalog"),
        (lambda f: resealed(f, lambda c: c.update(format=99)), "R624", "format 99"),
        (lambda f: resealed(f, lambda c: c.update(embedder="lettres")), "R626", "`lettres`"),
    ],
)
def test_what_cannot_be_opened_is_reported(copy: Path, damage: Callable[[Path], None], code: str, says: str) -> None:
    damage(copy)
    with pytest.raises(ScenarioError) as caught:
        open_catalog(copy, EMBEDDERS)
    (problem,) = caught.value.diagnostics
    assert problem.code == code and says in problem.message and not problem.message.endswith(".")


def test_changed_bytes_are_found_by_reading_everything(copy: Path) -> None:
    flip(copy / "slots.npy")
    flip(copy / "kinds.bytes.npy")
    (copy / "notes.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        verify(copy, quiet)
    found = " ".join(d.message for d in caught.value.diagnostics)
    assert codes(caught) == {"R625"} and all(f"`{n}`" in found for n in ("slots.npy", "kinds.bytes.npy", "notes.txt"))


def test_a_change_in_any_small_file_is_found_at_opening(copy: Path) -> None:
    for name in manifest_of(copy).content["files"]:
        before = (copy / name).read_bytes()
        flip(copy / name, len(before) // 2)
        with pytest.raises(ScenarioError) as caught:
            open_catalog(copy, EMBEDDERS)
        assert codes(caught) == {"R625"} and f"`{name}`" in str(caught.value)
        (copy / name).write_bytes(before)
    open_catalog(copy, EMBEDDERS)


@pytest.mark.parametrize("filler", [b"\xff", b"\0", b"\x7f", b"{}", b"[1]", b'"x"', b"\x93NUMPY\x01\0"])
@pytest.mark.parametrize("start", [0, 0.1, 0.6])
def test_damage_in_a_large_file_is_a_diagnostic_or_harmless(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filler: bytes, start: float
) -> None:
    monkeypatch.setattr(manifest, "_SMALL", -1)  # as if all files were large
    size, copy = open_catalog(small, EMBEDDERS).size, copied(small, tmp_path / "copy")
    for name in manifest_of(copy).content["files"]:
        if name.startswith("index"):
            continue
        before = (copy / name).read_bytes()
        place = max(int(len(before) * start), 128 if start and name.endswith(".npy") else 0)
        (copy / name).write_bytes(before[:place] + (filler * len(before))[: len(before) - place])
        try:
            opened = open_catalog(copy, EMBEDDERS)
        except ScenarioError as problems:
            assert {d.code for d in problems.diagnostics} == {"R625"}
        else:
            assert opened.size == size
        (copy / name).write_bytes(before)


@pytest.mark.parametrize(
    "name", ["type_code", "kind_code", "brand_code", "slots", "kind.rows", "kind.ends", "titles.offsets"]
)
@pytest.mark.parametrize("value", [-100, 10_000_000])
def test_a_code_out_of_range_is_found_at_opening(
    copy: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setattr(manifest, "_SMALL", -1)
    if not (copy / f"{name}.npy").exists():
        return
    array = np.load(copy / f"{name}.npy")
    array.reshape(-1)[array.size // 2] = np.clip(value, np.iinfo(array.dtype).min, np.iinfo(array.dtype).max)
    np.save(copy / f"{name}.npy", array)
    with pytest.raises(ScenarioError) as caught:
        open_catalog(copy, EMBEDDERS)
    assert codes(caught) == {"R625"}


def test_a_manifest_that_is_no_file_is_a_diagnostic(copy: Path) -> None:
    (copy / "catalog.json").unlink()
    (copy / "catalog.json").mkdir()
    with pytest.raises(ScenarioError) as caught:
        open_catalog(copy, EMBEDDERS)
    assert codes(caught) == {"R625"}


def test_the_lock_is_held_until_the_folder_has_its_name(
    general_spec: kinds.Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, tried = Path.rename, list[str]()

    def renamed(self: Path, target: Path) -> Path:
        if target.name != "out":
            return rename(self, target)
        for moved in (False, True):
            if moved:
                rename(self, target)
            try:
                build(general_spec, SOURCES["generated"], tmp_path / "out", quiet, size=3, embedder=LETTERS)
            except ScenarioError as problems:
                tried.append(problems.diagnostics[0].message)
        return target

    monkeypatch.setattr(Path, "rename", renamed)
    built = build(general_spec, SOURCES["generated"], tmp_path / "out", quiet, size=300, embedder=LETTERS)
    assert "another process" in tried[0] and "is there already" in tried[1]
    assert built.content["size"] == 300 and list(tmp_path.iterdir()) == [tmp_path / "out"]
    assert not (tmp_path / "out" / "building.lock").exists()
