"""What each probe plays, written down in `attempts.txt`.

python -m tests.certify.test_attempts     # writes the file again, after a change that is meant
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from rlve_dsl.agents import Performance
from rlve_dsl.certify import PROBES, Probe
from rlve_dsl.certify.cases import Case
from rlve_dsl.episode import Action, Scenario
from tests.conftest import shipped

ATTEMPTS = Path(__file__).with_name("attempts.txt")
CASES = (("first-steps", "cart", 6, 0), ("c1", "discovery", 3, 2), ("environments/status", "status", 6, 1),
         ("environments/returns", "returns", 6, 2), ("environments/bundle", "bundle", 0, 0),
         ("environments/journey", "journey", 3, 0), ("examples/clinic/clinic-desk", "appointments", 6, 1))  # fmt: skip
WIDTH = 360


def attempts(scenario: Scenario, environment: str, level: int, seed: int) -> Iterator[str]:
    """A line for each play of each probe in a case."""
    case = Case(scenario, environment, level, seed, {}).sibling(seed)
    for probe in PROBES:
        for play in probe.attempt(case):
            yield f"{environment}, {probe.name}: {shortened(' / '.join(turns(play)))}"


def turns(play: Performance) -> Iterator[str]:
    for action in play.script:
        calls = [f"{call.name}({json.dumps(call.args)})" for call in action.calls]
        yield " ".join([action.message, *calls, *answer(action)]).strip()


def answer(action: Action) -> list[str]:
    return [] if action.answer is None else [f"answers {json.dumps(action.answer)}"]


def shortened(text: str) -> str:
    digest = sha256(text.encode()).hexdigest()[:16]
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}… {len(text)} characters, {digest}"


def load(name: str) -> Scenario:
    return shipped(f"{name}.yaml")


@pytest.mark.parametrize(("name", "environment", "level", "seed"), CASES, ids=[case[1] for case in CASES])
def test_a_probe_plays_what_is_written_down(name: str, environment: str, level: int, seed: int) -> None:
    wanted = [line for line in ATTEMPTS.read_text(encoding="utf-8").splitlines() if line.startswith(f"{environment},")]
    assert list(attempts(load(name), environment, level, seed)) == wanted


@pytest.mark.parametrize("probe", [p for p in PROBES if p.kind != "uninformed"], ids=lambda probe: probe.name)
def test_the_play_of_an_oracle_that_fails_is_not_changed(probe: Probe, first_steps: Scenario, c1: Scenario) -> None:
    for scenario, environment, spoilt in (
        (first_steps, "cart", "near-miss numbers"),
        (c1, "discovery", "one id for all"),
    ):
        case = Case(scenario, environment, 6, 0)
        (spoil,) = (one for one in PROBES if one.name == spoilt)
        case.oracle = next(spoil.attempt(case))
        assert case.oracle.episode is not None and not case.oracle.passed
        assert not list(probe.attempt(case))


def test_every_probe_is_written_down() -> None:
    text = ATTEMPTS.read_text(encoding="utf-8")
    assert not [probe.name for probe in PROBES if f", {probe.name}: " not in text]


if __name__ == "__main__":
    lines = [line for name, *where in CASES for line in attempts(load(name), *where)]  # type: ignore[arg-type]
    ATTEMPTS.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
