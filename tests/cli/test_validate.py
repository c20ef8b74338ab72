"""`rlve-dsl validate`: like a compiler, over files and folders of any kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl import files

Run = Callable[..., Any]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_shipped_file_is_without_errors(run: Run, workspace: Path) -> None:
    ran = run("validate", "scenarios", "--format", "json")
    report = json.loads(ran.out)
    assert ran.code == 0 and report["files"] == len(list((workspace / "scenarios").rglob("*.yaml")))
    assert not [d for d in report["diagnostics"] if d["severity"] == "error"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message", "help_"),
    [
        (
            "environment",
            'reward: {task: "2 * score(done and told) - 1"}',
            'reward: {task: "1 / (count(loans) - 1)"}',
            "division by zero",
            "",
        ),
        (
            "environment",
            'reward: {task: "2 * score(done and told) - 1"}',
            'reward: {task: "2 * score(done and told)"}',
            "`2 * score(done and told)` is 2, and a task is worth from -1 to 1",
            "",
        ),
        (
            "domain",
            "[t for t in things if not t.lent]",
            "[t for t in things if not t.lent and sum(sum(k for k in range(1000)) for j in range(1000)) > 0]",
            "what is surely known is unknown",
            "before that, `desk.list_things` refused the call: this cannot be done: what is evaluated up to here goes through more than 1,000,000 items of lists",
        ),
    ],
)
def test_what_has_no_value_as_the_oracle_plays_is_an_error(
    run: Run, workspace: Path, file: str, old: str, new: str, message: str, help_: str
) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    files_ = {"domain": "desk.yaml", "environment": "desk-lending.yaml"}
    edit(workspace / "desk" / files_[file], old, new)
    ran = run("validate", "desk", "--format", "json", "--no-cache")
    (found,) = json.loads(ran.out)["diagnostics"]
    assert ran.code == 3 and found["code"] == "R215" and found["help"] == help_
    assert (
        found["message"].startswith("at level 0 of `desk-lending`, as the oracle plays it: ")
        and message in found["message"]
    )


def test_a_file_of_every_kind_is_validated_by_itself(run: Run, workspace: Path) -> None:
    paths: dict[tuple[str, Path], Path] = {}  # one of each kind in each folder: the test above has validated all
    for path in sorted((workspace / "scenarios").rglob("*.yaml")):
        (kind,) = re.findall(r"(?m)^kind: (\w+)", path.read_text(encoding="utf-8"))
        paths.setdefault((kind, path.parent), path)
    assert {kind for kind, _ in paths} == set(files.KINDS)
    for path in paths.values():
        ran = run("validate", str(path.relative_to(workspace)))
        assert ran.code == 0 and ran.err.startswith("1 file, 0 errors"), (path, ran.out)


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("axes/standard.yaml", "0.8 * sigmoid((d - 3) / 1.5)", "0.8 / d", "R201"),
        ("rewards/composite.yaml", "value: task}", "value: tusk}", "R101"),
        ("users/shopper.yaml", "patience:", "patence:", "S103"),
        ("catalogs/pocket.yaml", "median: $9", "median: 9 days", "S"),
        ("environments/cart.yaml", "f1 == 1", "f1 == sheep", "R101"),
        ("first-steps.yaml", "start: 0", "start: 40", "R220"),
    ],
)
def test_a_problem_is_found_in_a_file_by_itself(
    run: Run, workspace: Path, file: str, old: str, new: str, code: str
) -> None:
    edit(workspace / "scenarios" / file, old, new)
    ran = run("validate", f"scenarios/{file}", "--format", "json")
    found = [d for d in json.loads(ran.out)["diagnostics"] if d["severity"] == "error"]
    assert ran.code == 3 and not ran.wrote
    assert {Path(d["span"]["file"]).name for d in found} == {Path(file).name}
    assert any(d["code"].startswith(code) for d in found)


def test_the_problems_of_a_folder_are_found_together(run: Run, workspace: Path) -> None:
    edit(workspace / "scenarios" / "rewards" / "composite.yaml", "value: task}", "value: tusk}")
    edit(workspace / "scenarios" / "users" / "shopper.yaml", "unhelpful: 3", "unhelpful: sheep")
    edit(workspace / "scenarios" / "environments" / "cart.yaml", "f1 == 1", "f1 == sheep")
    ran = run("validate", "scenarios", "--format", "json")
    found = [d["span"]["file"] for d in json.loads(ran.out)["diagnostics"] if d["severity"] == "error"]
    assert ran.code == 3 and len(found) == 3  # each once, though two collections share two of the files
    assert {Path(file).name for file in found} == {"composite.yaml", "shopper.yaml", "cart.yaml"}


def test_both_formats_tell_the_same(run: Run, workspace: Path) -> None:
    edit(workspace / "scenarios" / "environments" / "cart.yaml", "f1 == 1", "f1 == sheep")
    path = "scenarios/first-steps.yaml"
    as_json, as_text = run("validate", "--format", "json", path), run("validate", path)
    found = json.loads(as_json.out)["diagnostics"]
    assert as_json.err == "" and as_text.code == as_json.code == 3
    for d in found:
        assert f"{d['severity']}[{d['code']}]: {d['message']}" in as_text.out
        assert f"{d['span']['file']}:{d['span']['line']}:{d['span']['column']}" in as_text.out
        assert d.keys() == {"code", "severity", "message", "span", "label", "related", "help"}
    errors = sum(d["severity"] == "error" for d in found)
    assert f"{errors} error" in as_text.err


def test_a_file_named_twice_is_checked_once(run: Run) -> None:
    assert (
        run("validate", "scenarios/rewards", "scenarios/rewards/composite.yaml").err
        == "2 files, 0 errors, 0 warnings\n"
    )


def test_yml_counts_and_other_files_do_not(run: Run, workspace: Path) -> None:
    (workspace / "empty" / "a.yml").write_text("kind: Sheep\n", encoding="utf-8")
    (workspace / "empty" / "b.txt").write_text("kind: Sheep\n", encoding="utf-8")
    (workspace / "empty" / "c.yaml").mkdir()
    ran = run("validate", "empty")
    assert ran.code == 3 and ran.err.startswith("1 file, 1 error, 0 warnings\n")


def test_who_writes_a_key_wrong_is_told_that_more_will_be_checked(run: Run, workspace: Path) -> None:
    path = workspace / "scenarios" / "environments" / "status.yaml"
    edit(path, "omit: ", "omits: ")
    read = run("validate", str(path))
    assert read.code == 3 and read.err.endswith(
        "names and expressions of these files are checked when they can be read\n"
    )
    edit(path, "omits: ", "omit: no_such_")
    compiled = run("validate", str(path))
    assert compiled.code == 3 and compiled.err.endswith("warnings\n")


def test_environments_of_a_collection_that_cannot_be_read_are_not_checked_with_other_parts(
    run: Run, workspace: Path
) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    edit(workspace / "desk" / "desk-collection.yaml", "promote_at: 0.9", "promote_at: 90")
    found = json.loads(run("validate", "desk", "--format", "json", "--no-cache").out)["diagnostics"]
    assert [one["code"] for one in found] == ["S106"]


def test_an_environment_whose_name_a_collection_misspells_is_not_checked_with_other_parts(
    run: Run, workspace: Path
) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    collection = workspace / "desk" / "desk-collection.yaml"
    (named,) = re.findall(r"^environments: \[([\w-]+)\.yaml", collection.read_text(encoding="utf-8"), re.MULTILINE)
    edit(collection, f"[{named}.yaml", f"[{named}s.yaml")
    found = json.loads(run("validate", "desk", "--format", "json", "--no-cache").out)["diagnostics"]
    assert [(one["code"], one["label"]) for one in found] == [("S101", f"did you mean `{named}.yaml`?")]


DOMAIN, ENVIRONMENT, COLLECTION = "desk.yaml", "desk-lending.yaml", "desk-collection.yaml"
FINISH = "  - finish: {lent: loan is known, deposit: loan.deposit if loan is known else $0}\n"
REACTION = '  reactions:\n    - {when: "any(c.tool == \\"desk.lent\\" for c in tried)", act: correct, says: "No."}\n'
MISTAKES = {
    "a profile that is not there": (
        COLLECTION, "curriculum:", "train: {profile: gpu9}\ncurriculum:", "error", "R502", "there is no profile `gpu9`: there are 16x80g,"
    ),
    "the path of a profile that is not there": (
        COLLECTION, "curriculum:", "train: {profile: mine.yaml}\ncurriculum:", "error", "R502", "there is no profile `desk/mine.yaml`"
    ),
    "an action after the answer": (ENVIRONMENT, FINISH, FINISH + FINISH, "warning", "R246", "this is never done"),
    "the name of a tool that there is not": (
        ENVIRONMENT, "user:\n", "user:\n" + REACTION, "error", "R101", "`desk.lent` is not one of the"
    ),
    "a tool described as by a template": (
        DOMAIN, "says: List the things that", "says: List the things of {day} that", "warning", "R113", "`{day}` stays as written"
    ),
    "an argument described with half a brace": (
        DOMAIN, "says: the full name", 'says: "the {full name"', "warning", "R113", "its braces stay as written"
    ),
    "an answer described as by a template": (
        ENVIRONMENT, '"the deposit"', '"the deposit for {nights}"', "warning", "R113", "`{nights}` stays as written"
    ),
    "a formula that nothing uses": (
        ENVIRONMENT, "\nworld:", "\ndefine:\n  wrong(x): x.foo + zzz\n\nworld:", "warning", "R243", "nothing uses the formula `wrong`"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "severity", "code", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_domain_that_is_played_is_told(
    run: Run, workspace: Path, file: str, old: str, new: str, severity: str, code: str, says: str
) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    edit(workspace / "desk" / file, old, new)
    (found,) = json.loads(run("validate", "desk", "--format", "json", "--no-cache").out)["diagnostics"]
    assert (found["severity"], found["code"]) == (severity, code) and found["message"].startswith(says)
    assert Path(found["span"]["file"]).name == file


def test_formulas_that_only_use_one_another_are_used_by_nothing(run: Run, workspace: Path) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    formulas = (
        "\ndefine:\n  big(t): small(t)\n  small(t): big(t)\n  right(x): twice(x) == 2\n  twice(x): 2 * x\n\nworld:"
    )
    edit(workspace / "desk" / ENVIRONMENT, "\nworld:", formulas)
    edit(workspace / "desk" / ENVIRONMENT, "correct_when: done and told", "correct_when: done and told and right(1)")
    found = json.loads(run("validate", "desk", "--format", "json", "--no-cache").out)["diagnostics"]
    assert [one["message"].partition(",")[0] for one in found] == [
        "nothing uses the formula `big`",
        "nothing uses the formula `small`",
    ]


def test_a_profile_that_is_deleted_is_found_although_nothing_else_changed(run: Run, workspace: Path) -> None:
    assert run("new", "domain", "desk", "--out", "desk").code == 0
    edit(workspace / "desk" / COLLECTION, "curriculum:", "train: {profile: mine/fast.yaml}\ncurriculum:")
    profile = workspace / "desk" / "mine" / "fast.yaml"
    profile.parent.mkdir()
    profile.write_text("kind: Profile\nname: fast\nmodel: tiny\n", encoding="utf-8")
    assert run("validate", f"desk/{COLLECTION}").code == 0
    profile.unlink()
    assert run("validate", f"desk/{COLLECTION}").code == 3
