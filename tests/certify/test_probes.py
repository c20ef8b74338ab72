"""Each probe sees a defect that no other probe sees, and nobody sees it when the probe does nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rlve_dsl.certify import PROBES, CheckResult, Plan, Probe, certify, choose, probes
from rlve_dsl.certify.checks import floor
from rlve_dsl.episode import ScenarioReference
from tests.certify.conftest import ROOT

SCENARIOS = ROOT / "scenarios"


@dataclass(frozen=True)
class Defect:
    """A shipped environment in which something is graded wrongly.

    `environment` and `reward` are what is changed in their files, as YAML values. `curves` are those of the collection.
    """

    of: str
    environment: dict[str, object] = field(default_factory=dict)
    reward: dict[str, object] = field(default_factory=dict)
    curves: dict[str, str] = field(default_factory=dict)
    level: int = 6
    seeds: int = 4


ONE_ITEM = {"cart.items": "1", "cart.quantity_rate": "0", "cart.variant_rate": "1"}

# The reward's `correct_when` lets one way of playing pass, which it knows by its calls and turns.
DEFECTS = {
    "do nothing": Defect("cart", reward={"correct_when": "correct or (calls == 0 and turns.used == turns.budget)"}, curves=ONE_ITEM),
    "finish at once": Defect(
        "status",
        {"correct_when": '(right_order and right_status) or answer.status == "processing"'},
        {"correct_when": "correct and (task == 1 or turns.used == 1)"},
    ),
    "random calls": Defect("cart", reward={"correct_when": "correct or (0 < calls and calls < 20 and turns.used == turns.budget)"}, curves=ONE_ITEM, seeds=12),
    "first hit": Defect("cart", reward={"correct_when": "correct or (calls == 10 and turns.used == 5)"}, curves=ONE_ITEM),
    "everything seen": Defect(
        "bundle",
        {"correct_when": "f1 == 1 or (count(listed) >= 15 and covered < categories)"},
    ),
    "act on everything": Defect("cart", {"correct_when": "f1 == 1 or count(cart) >= 4"}, curves=ONE_ITEM),
    "constant answer": Defect("discovery", reward={"correct_when": "correct or (calls == 0 and turns.used == 1 and count(ids.output) > 0)"}),
    "stall": Defect(
        "cart",
        reward={"correct_when": "correct or (calls == 0 and 4 < turns.used and turns.used < turns.budget)"},
        curves=ONE_ITEM,
    ),
    "wrong target": Defect(
        "cart",
        {"correct_when": "f1 == 1 or (count(cart) > 0 and f1 == 0)"},
        {"correct_when": "correct and (task == 1 or (calls == 4 and count(unseen) == 0))"},
        {**ONE_ITEM, "cart.items": "2", "cart.variant_rate": "0"},
    ),
    "words without deeds": Defect(
        "cart",
        {"correct_when": "f1 == 1 or count(cart) == 0"},
        {"correct_when": "correct and (task == 1 or calls == 3)"},
        ONE_ITEM,
    ),
    "near-miss numbers": Defect(
        "cart",
        {"measures": {"f1": "share(any(l.product_id == g.product_id and l.variant_id == g.variant_id and l.qty >= g.qty - 1 and l.qty <= g.qty + 1 for l in cart) for g in goal.cart)"}},
        curves={**ONE_ITEM, "cart.quantity_rate": "1"},
    ),
    "near-miss answer": Defect(
        "status",
        {"measures": {"right_status": "true or answer.status == goal.status"}},
        curves={"history": "12"},
    ),
    "from memory": Defect("cart", reward={"correct_when": "correct or (count(unseen) > 0 and task > 0.2)"}, curves=ONE_ITEM),
    "one id for all": Defect(
        "discovery",
        {"correct_when": "rank >= 0.9 or (count(answer.products) == results and count(given) == 1 and results > 1)"},
    ),
    "right among everything": Defect(
        "discovery",
        {"correct_when": "rank >= 0.9 or (count(given) > 10)"},
        {"correct_when": "correct and (task > 0.8 or turns.used <= 3)"},
    ),
    "duplicates": Defect(
        "discovery",
        {
            "reward": {"task": "clip(2 * rank - 1.5 + 0.5 * score(count(answer.products) > results and count(given) == results), -1, 1)"},
            "correct_when": "rank >= 0.9 and count(given) == results",
        },
    ),
    "unseen ids": Defect(
        "discovery", reward={"correct_when": "correct or (calls > 0 and count(unseen) > 0 and count(unseen) == count(ids.output))"}
    ),
    "something more": Defect("examples/clinic/appointments", {"measures": {"no_more": "true"}}),
    "stall, then do": Defect("status", reward={"terms": {"efficiency": {"value": "turns.used / turns.budget"}}}),
}  # fmt: skip

Write = Callable[[Defect], ScenarioReference]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """`written(defect)`: the files of the defect, written into a folder."""

    def write(defect: Defect) -> ScenarioReference:
        catalog = "pocket" if defect.of == "cart" else "general"
        file = SCENARIOS / (f"{defect.of}.yaml" if "/" in defect.of else f"environments/{defect.of}.yaml")
        parts: dict[str, dict[str, object]] = {
            "environment": {"kind": "Environment", "name": file.stem, "extends": str(file), **defect.environment},
            "reward": {"kind": "Reward", "name": "bent", "extends": str(SCENARIOS / "rewards" / "composite.yaml"), **defect.reward},
            "collection": {
                "kind": "Collection",
                "name": "bent",
                "environments": ["environment.yaml"],
                "catalog": str(SCENARIOS / "catalogs" / f"{catalog}.yaml"),
                "axes": str(SCENARIOS / "axes" / "standard.yaml"),
                "reward": "reward.yaml",
                "user": str(SCENARIOS / "users" / "shopper.yaml"),
                "curves": {"typing_noise": "0", "stock_outs": "0", **defect.curves},
            },
        }  # fmt: skip
        if file.parent.name == "clinic":
            del parts["collection"]["catalog"], parts["collection"]["curves"]
            parts["collection"] |= {
                "axes": str(file.parent / "axes.yaml"),
                "policy": str(file.parent / "policy.yaml"),
                "user": str(file.parent / "patient.yaml"),
            }
        for name, part in parts.items():
            (tmp_path / f"{name}.yaml").write_text(json.dumps(part), encoding="utf-8")  # JSON is YAML
        return ScenarioReference(str(tmp_path / "collection.yaml"))

    return write


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_defect_is_seen_by_its_probe_alone(probe: Probe, written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    defect = DEFECTS[probe.name]
    source = written(defect)
    scenario = source.load()

    def judged() -> CheckResult:
        plan = Plan((defect.level,), seeds=defect.seeds, deep_seeds=1)
        (result,) = certify(source, plan, choose(["floor"]), scenario=scenario).results
        return result

    findings = judged().findings
    assert {finding.subject for finding in findings} == {probe.name}, [f"{f.subject}: {f.text}" for f in findings]
    idle = replace(probe, attempt=lambda case: iter(()))
    monkeypatch.setattr(probes, "PROBES", tuple(idle if one is probe else one for one in PROBES))
    monkeypatch.setattr(floor, "guessed", lambda case: None)  # it found nothing above
    assert judged().passed
