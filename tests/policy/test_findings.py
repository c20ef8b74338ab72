"""The golden findings of the analysis: a policy, and what its author is told of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlve_dsl.diagnostics import Diagnostics, render_text
from rlve_dsl.policy import analyse
from tests.policy.conftest import compiled

GOLDEN = (Path(__file__).parent / "findings.txt").read_text(encoding="utf-8")
HEAD = """kind: Policy
name: golden
facts:
  kind: {type: enum, values: [books, tools, toys]}
  gift: {type: bool}
  member: {type: bool}
  status: {type: enum, values: [sent, delivered]}
  age: {type: days, min: 0, max: 100, since: delivery}
  price: {type: money, min: $0, max: $500}
  count: {type: number, min: 0, max: 3000}
  size: {type: number, min: 0, max: 3000}
  rest: {type: number, min: 0, max: 3000}
assume:
  - age is known only when status is delivered
decisions:
  window: {type: days}
  fee: {type: money}
  allowed: {type: bool}
rules: |
"""
RULES = {
    "window": "decide window as 30 days",
    "fee": "decide fee as $1",
    "allowed": "decide allowed as gift or member or kind is toys or status is sent or price > $1 or count > 1",
}
CASES = re.findall(r"(?ms)^=== (.+?)\n(.*?)^---\n(.*?)(?=^=== |\Z)", GOLDEN)


def told(rules: str) -> str:
    named = set(re.findall(r"decide (\w+)", rules))
    whole = [rules.rstrip(), *(rule for name, rule in RULES.items() if name not in named)]
    text = HEAD + "".join(f"  {line}\n" for part in whole for line in part.splitlines())
    policy, problems = compiled(text)
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    above = HEAD.count("\n")
    kept = [d for d in found.items if d.code != "P306"]  # not every case reads every fact
    return re.sub(r"a\.yaml:(\d+)", lambda m: f"line {int(m[1]) - above}", render_text(kept, {}))


@pytest.mark.parametrize(("title", "rules", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_golden_findings(title: str, rules: str, wanted: str) -> None:
    assert told(rules).strip() == wanted.strip()


CONDUCT = """kind: Policy
name: careful
facts:
  total: {type: money, min: $0, max: $500}
  member: {type: bool}
decisions: {fee: {type: money}}
rules: |
  decide fee as $1
    except $0 when member
conduct: |
  forbid cart.add when total > $400 unless member
  forbid cart.add when total > $600
  require cart.view before cart.add when member unless member or total > $5
"""


def test_a_rule_of_conduct_that_binds_nothing_is_found() -> None:
    policy, problems = compiled(CONDUCT)
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    assert [(d.code, d.message, d.span.line if d.span else 0) for d in found.items] == [
        ("P302", "`forbid cart.add when total > $600` can never bind", 12),
        ("P302", "`require cart.view before cart.add when member unless member or total > $5` can never bind", 13),
    ]


def test_assumptions_that_leave_nothing_are_found() -> None:
    policy, problems = compiled(CONDUCT.replace("decisions:", "assume: [total >= $400, total < $300]\ndecisions:"))
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    assert [(d.code, d.message) for d in found.items] == [
        ("P305", "no situation satisfies `total < $300` and the assumptions before it")
    ]


@pytest.mark.parametrize(
    ("facts", "rare"),
    [
        ("  total: {type: money}\n", "total > $5000"),
        (
            "  left: {type: text}\n  right: {type: text}\n",
            'left is not right and left is not "a" and right is not "a"',
        ),
    ],
    ids=["a number without a bound", "texts that no rule names"],
)
def test_what_is_beyond_the_cells_is_asked_of_the_solver(facts: str, rare: str) -> None:
    """Cells end at a usual number, and have one text for all that no rule names."""
    text = f"""kind: Policy
name: rare
facts:
  member: {{type: bool}}
{facts}decisions: {{fee: {{type: money}}}}
rules: |
  decide fee as $1
    except $2 when member or ({rare})
    except $3 when not member or ({rare})
"""
    policy, problems = compiled(text)
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    assert [d.code for d in found.items] == ["P301"]


def test_a_fact_that_nothing_reads_is_a_warning() -> None:
    policy, problems = compiled(CONDUCT.replace("  member:", "  shoes: {type: number}\n  member:"))
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    first = found.items[0]
    assert (first.code, first.severity, first.message) == ("P306", "warning", "no rule reads the fact `shoes`")


def test_a_solver_that_gives_up_says_so_in_the_same_way_everywhere() -> None:
    """Its effort is counted in steps: the golden case of P307 is the same on a slow machine."""
    rules = next(rules for title, rules, _ in CASES if title == "a product of facts")
    assert told(rules) == told(rules) and "P307" in told(rules)
