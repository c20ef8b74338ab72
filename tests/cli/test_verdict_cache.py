"""`rlve-dsl validate` remembers verdicts: only of what has not changed, and a damaged or lost cache changes nothing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl import policy
from rlve_dsl.cli import checking, verdict_cache
from rlve_dsl.compiler import Task, task_compiler
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.plugins import forget_installed

Run = Callable[..., Any]
FILE = "scenarios/first-steps.yaml"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that files were checked."""
    done: list[int] = []
    check = checking.check_with

    def counted(*arguments: Any) -> Any:
        done.append(1)
        return check(*arguments)

    monkeypatch.setattr(checking, "check_with", counted)
    return done


@pytest.fixture(autouse=True)
def warned(workspace: Path) -> None:
    """The file has a warning: it gives the curve of an axis that nothing reads."""
    path = workspace / FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("curves:\n", 'curves:\n  switching: "0"\n'), encoding="utf-8")


def stored(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_has_not_changed_is_not_checked_again_and_says_the_same(run: Run, checks: list[int], form: str) -> None:
    first = run("validate", FILE, "--format", form)
    assert "R213" in first.out, "the file has a warning, which must be printed each time"
    assert run("validate", FILE, "--format", form) == first
    assert len(checks) == 1


def append_comment(workspace: Path, name: str) -> None:
    path = workspace / "scenarios" / name
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["first-steps.yaml", "environments/cart.yaml", "axes/standard.yaml"])
def test_a_change_in_any_file_that_was_read_is_seen(run: Run, workspace: Path, checks: list[int], name: str) -> None:
    run("validate", FILE)
    append_comment(workspace, name)
    assert run("validate", FILE).code == 0
    assert len(checks) == 2


def test_a_file_that_is_gone_is_an_error(run: Run, workspace: Path) -> None:
    assert run("validate", FILE).code == 0
    (workspace / "scenarios" / "environments" / "cart.yaml").unlink()
    assert run("validate", FILE).code == 3


def test_nearer_standard_parts_are_seen(run: Run, workspace: Path, checks: list[int]) -> None:
    environment = "scenarios/environments/cart.yaml"
    run("validate", environment)
    nearer = workspace / "scenarios" / "environments" / "axes"
    nearer.mkdir()
    (nearer / "standard.yaml").write_text("kind: Axes\n", encoding="utf-8")
    assert run("validate", environment).code == 3
    assert len(checks) == 2


def test_errors_are_not_stored(run: Run, workspace: Path, cache: Path, checks: list[int]) -> None:
    assert run("validate", "empty.yaml").code == 3
    assert run("validate", "empty.yaml").code == 3
    assert len(checks) == 2 and not stored(cache)


def test_no_cache(run: Run, cache: Path, checks: list[int]) -> None:
    first = run("validate", FILE, "--no-cache")
    assert not stored(cache)
    run("validate", FILE)
    assert run("validate", FILE, "--no-cache") == first
    assert len(checks) == 3


def test_another_package_checks_again(run: Run, checks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    run("validate", FILE)
    monkeypatch.setattr(verdict_cache, "package_digest", lambda: "another")
    run("validate", FILE)
    assert len(checks) == 2


PLUGIN = "from rlve_dsl.hookspecs import hookimpl\n\n\n@hookimpl\ndef rlve_acts():\n    return []\n"


def test_with_a_plugin_in_a_file_nothing_is_stored(run: Run, cache: Path, workspace: Path) -> None:
    (workspace / "mine.py").write_text(PLUGIN, encoding="utf-8")
    assert run("validate", FILE, "--plugin", "mine.py").code == 0
    assert not stored(cache)


def install(site: Path, version: str = "1.0", source: str = PLUGIN) -> None:
    """A plugin of this version, in the place of another version of it."""
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"north_shop-{version}.dist-info"
    info.mkdir(parents=True)
    (site / "north_shop.py").write_text(source, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: north-shop\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[rlve_dsl]\nnorth-shop = north_shop\n", encoding="utf-8")
    sys.modules.pop("north_shop", None)
    forget_installed()


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("north_shop", None)
    monkeypatch.undo()
    forget_installed()


def test_with_an_installed_plugin_the_verdict_is_stored_until_the_plugin_changes(
    run: Run, site: Path, checks: list[int]
) -> None:
    for number, how in enumerate([{}, {"version": "1.1"}, {"source": f"{PLUGIN}\n# another\n"}], 1):
        install(site, **how)
        assert run("validate", FILE).code == 0
        assert run("validate", FILE).code == 0
        assert len(checks) == number, how


def test_a_plugin_that_is_left_out_is_another_check(
    run: Run, site: Path, checks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site)
    run("validate", FILE)
    run("validate", FILE, "--no-plugin", "north-shop")
    assert len(checks) == 2


def test_a_plugin_that_cannot_be_loaded_is_told_each_time(run: Run, site: Path, checks: list[int]) -> None:
    install(site, source="1 / 0\n")
    for _ in range(2):
        assert "plugin `north-shop` could not be loaded" in run("validate", FILE).err
    assert len(checks) == 2


CLINIC = "scenarios/examples/clinic"


def test_what_has_domains_is_stored_until_a_collection_beside_an_environment_changes(
    run: Run, workspace: Path, checks: list[int]
) -> None:
    for _ in range(2):
        assert run("validate", f"{CLINIC}/appointments.yaml").code == 0
    assert len(checks) == 1
    (workspace / CLINIC / "another.yaml").write_text("kind: Axes\n", encoding="utf-8")
    assert run("validate", f"{CLINIC}/appointments.yaml").code == 0
    assert len(checks) == 2


DESK = """
kind: Domain
name: desk
entities:
  box: {key: box_id, table: boxes, fields: {size: int}, from: {file: boxes.json, at: "*"}}
tools:
  measure:
    says: Measure a box.
    takes: {box_id: {type: box id, says: the box}}
    let: {seen: "boxes[box_id]"}
    gives: {size: seen.size}
"""


def test_the_data_of_a_domain_count(run: Run, workspace: Path, checks: list[int]) -> None:
    (workspace / "desk.yaml").write_text(DESK, encoding="utf-8")
    said = []
    for rows in (None, '{"1": {"box_id": "1", "size": 3}}', '{"1": {"box_id": "1", "size": "three"}}'):
        if rows is not None:
            (workspace / "boxes.json").write_text(rows, encoding="utf-8")
        first = run("validate", "desk.yaml")
        assert run("validate", "desk.yaml") == first
        said.append(first.out)
    assert "there is no file" in said[0] and "error[D101]" in said[2] and not said[1]
    assert len(checks) == 4, "what has an error is not stored"


def test_everything_that_is_shipped_is_stored(run: Run, cache: Path, checks: list[int]) -> None:
    first = run("validate", "scenarios")
    assert run("validate", "scenarios") == first and first.code == 0
    assert len(checks) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"\xff" + content,
        lambda content: content[:-20],
        lambda content: content.replace(b'"errors": 0', b'"errors": 1'),
        lambda content: content.replace(b"R213", b"R999"),
    ],
    ids=["empty", "not text", "cut", "another count", "another code"],
)
def test_a_damaged_verdict_is_not_used(
    run: Run, cache: Path, checks: list[int], damage: Callable[[bytes], bytes]
) -> None:
    first = run("validate", FILE)
    [file] = stored(cache)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert run("validate", FILE) == first
    assert len(checks) == 2
    assert file.read_bytes() == whole, "the verdict is stored again"


def test_where_the_cache_cannot_be_written_nothing_is_said(
    run: Run, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("validate", FILE)
    (cache / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "file"))  # a folder in a file cannot be made
    assert run("validate", FILE) == first


def test_a_relative_cache_folder_is_not_used(run: Run, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(cache))
    assert not run("validate", FILE).wrote
    assert len(stored(cache / ".cache" / "rlve-dsl")) == 1


def test_old_verdicts_are_deleted(run: Run, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict_cache, "_MOST", 1)
    run("validate", FILE)
    run("validate", "scenarios/users")
    assert len(stored(cache)) == 1


def test_what_depends_on_more_than_texts_is_not_stored(run: Run, workspace: Path, cache: Path) -> None:
    assert run("catalog", "build", "scenarios/catalogs/pocket.yaml", "--out", "built").code == 0
    collection = workspace / FILE
    text = collection.read_text(encoding="utf-8")
    collection.write_text(text.replace("catalogs/pocket.yaml", "../built"), encoding="utf-8")
    assert run("validate", FILE).code == 0
    assert not stored(cache)


def test_run_tries_no_level_of_what_is_known_to_be_sound(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    check_worlds = task_compiler.check_worlds

    def counted(task: Task, *others: Any) -> None:
        tried.append(task.name)
        check_worlds(task, *others)

    monkeypatch.setattr(task_compiler, "check_worlds", counted)
    first = run("run", FILE)
    assert run("run", FILE) == first
    assert tried == ["cart"]


def test_run_analyses_no_policy_of_what_is_known_to_be_sound(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    analysed: list[policy.Policy] = []
    analyse = policy.analyse

    def counted(rules: policy.Policy, diagnostics: Diagnostics) -> None:
        analysed.append(rules)
        analyse(rules, diagnostics)

    monkeypatch.setattr(policy, "analyse", counted)
    first = run("run", "scenarios/examples/send-backs.yaml")
    assert first.code == 0 and len(analysed) == 1
    assert run("run", "scenarios/examples/send-backs.yaml") == first
    assert len(analysed) == 1


@pytest.mark.parametrize("file", [FILE, "scenarios/environments/cart.yaml"])
def test_validate_and_run_say_the_same_of_a_file(run: Run, cache: Path, file: str) -> None:
    checked = run("validate", file)
    [stored_by_validate] = stored(cache)
    content = stored_by_validate.read_bytes()
    stored_by_validate.unlink()
    run("run", file)
    assert stored_by_validate.read_bytes() == content
    assert run("validate", file) == checked


def test_run_of_a_file_with_errors_stores_nothing(run: Run, workspace: Path, cache: Path) -> None:
    (workspace / "scenarios" / "environments" / "cart.yaml").write_text("kind: Environment\n", encoding="utf-8")
    assert run("run", FILE).code == run("run", FILE).code == 3
    assert not stored(cache)
