"""docs/policies.md: each step, laid over those before it, is a policy without a mistake; what it says commands print, they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.cli.checking import check
from rlve_dsl.diagnostics import render_text
from rlve_dsl.policy.language.foreign import FOREIGN
from rlve_dsl.policy.language.reserved import NO_NAMES
from tests.policy.conftest import compiled

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
STEPS = re.findall(r"(?ms)^## Step \d+: ([^\n]*)\n.*?^```yaml\n(.*?)^```", PAGE)

Sections = dict[str, list[str]]


def sections(text: str) -> Sections:
    """The top-level keys of a file with the lines that belong to each."""
    found: Sections = {}
    for line in text.splitlines():
        if not line.startswith((" ", "-")) and line:
            key = line.partition(":")[0]
            found[key] = [line]
        else:
            found[key].append(line)
    return found


def entries(lines: list[str]) -> Sections:
    """The entries under a key, each with its lines."""
    found: Sections = {}
    for line in lines[1:]:
        if re.match(r"  \S", line):
            name = line.strip().partition(":")[0]
            found[name] = []
        found[name].append(line)
    return found


def laid_over(before: Sections, step: Sections) -> Sections:
    """A step adds facts and decisions, or writes them anew, and replaces everything else that it shows."""
    after = dict(before)
    for key, lines in step.items():
        both = key in ("facts", "decisions") and key in before
        merged = {**entries(before[key]), **entries(lines)} if both else {}
        after[key] = [lines[0], *(line for part in merged.values() for line in part)] if both else lines
    return after


def policies() -> list[tuple[str, str]]:
    """Title and whole text of the policy at each step."""
    now: Sections = {}
    made = []
    for title, block in STEPS:
        now = laid_over(now, sections(block))
        made.append((title, "".join(f"{line}\n" for lines in now.values() for line in lines)))
    return made


@pytest.mark.parametrize(("title", "text"), policies(), ids=[title for title, _ in policies()])
def test_a_step_is_a_policy_without_mistakes(title: str, text: str) -> None:
    policy, problems = compiled(text)
    assert policy is not None and not problems, render_text(problems, {"a.yaml": text})


def test_what_the_last_step_governs_and_binds_is_there_in_an_episode(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(policies()[-1][1], encoding="utf-8")
    problems, sources = check([path])
    assert not problems, render_text(problems, sources)


def test_there_are_as_many_steps_as_headings() -> None:
    assert len(STEPS) == len(re.findall(r"(?m)^## Step", PAGE)) == 11


@pytest.mark.parametrize(
    ("step", "facts", "value"),
    [
        (1, {"item.category": "books"}, 30),
        (2, {"item.category": "books"}, 14),
        (3, {"item.category": "books", "order.is_gift": True}, 30),
        (3, {"item.category": "electronics", "order.is_gift": True}, 15),
        (4, {"item.category": "garden", "customer.tier": "premium"}, 45),
        (4, {"item.category": "books", "order.is_gift": False, "customer.tier": "premium"}, 29),
        (5, {"item.category": "garden", "customer.tier": "premium", "item.final_sale": True}, 0),
    ],
)
def test_it_decides_what_the_page_says(step: int, facts: dict[str, object], value: int) -> None:
    policy, _ = compiled(policies()[step - 1][1])
    assert policy is not None and policy.decide("return_window", facts).value == value


def test_the_answer_that_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ((command, expected),) = re.findall(r"(?m)^```\n\$ rlve-dsl (.*)\n((?:.*\n)*?)```", PAGE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(policies()[7][1], encoding="utf-8")
    assert main(command.split()) == 0
    assert capsys.readouterr().out == expected


def test_the_mistake_that_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, conflict, broken = re.findall(r"(?ms)^```\n(error.*?)^```", PAGE)
    monkeypatch.chdir(tmp_path)
    wrong = policies()[7][1].replace("order.days_delivered <= return_window", "order.days_delivered <= 30")
    (tmp_path / "shop.yaml").write_text(wrong, encoding="utf-8")
    assert main(["validate", "shop.yaml"]) == 3
    assert capsys.readouterr().out.strip() == expected.strip()
    equals = policies()[7][1].replace(
        "      except 30 days when order.is_gift", "    except 30 days when order.is_gift"
    )
    (tmp_path / "shop.yaml").write_text(equals, encoding="utf-8")
    assert main(["validate", "shop.yaml"]) == 3
    assert capsys.readouterr().out.startswith(conflict.strip())
    (promise,) = re.findall(r"(?ms)^```yaml\n(promise:\n.*?)^```", PAGE)
    (tmp_path / "shop.yaml").write_text(policies()[7][1] + promise, encoding="utf-8")
    assert main(["validate", "shop.yaml"]) == 3
    assert capsys.readouterr().out.strip() == broken.strip()


def test_the_page_lists_the_words_of_the_language() -> None:
    listed = PAGE[PAGE.index("Words of the language") :].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == NO_NAMES


def test_what_is_said_of_foreign_spellings_is_a_sentence() -> None:
    for foreign in FOREIGN:
        assert re.match(r"[`a-z]", foreign.message) and not foreign.message.endswith("."), foreign.message
