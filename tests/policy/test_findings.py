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
