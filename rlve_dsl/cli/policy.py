"""`rlve-dsl policy`: what a store policy says of a case."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rlve_dsl import spec
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import default_registry
from rlve_dsl.policy import Derivation, Policy, Ruling, compile_policy, example, read_facts, say

NAME = "policy"
HELP = "Ask a store policy what it decides."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments, verb by verb below it."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    ask = acts.add_parser(
        "ask", help="what is decided of a case, and by which clauses", allow_abbrev=False,
        description="Print a decision of a policy for a case, and the clauses and facts that led to it.",
    )  # fmt: skip
    ask.add_argument("path", metavar="FILE", help="a Policy file")
    ask.add_argument("decision", metavar="DECISION")
    ask.add_argument(
        "facts", nargs="*", metavar="FACT=VALUE", help="`order.total=$20`, `order.days_delivered=12 days`, `item.price=unknown`"
    )  # fmt: skip
    ask.add_argument("--json", action="store_true", help="as JSON, amounts in cents, days and hundredths of a percent")


def run(arguments: argparse.Namespace) -> int:
    """0 when there is an answer; a usage error where it needs a fact that was not given."""
    return ACTS[arguments.act](arguments)


def _ask(arguments: argparse.Namespace) -> int:
    policy = load(arguments.path)
    decision = policy.decisions.get(arguments.decision)
    if decision is None:
        near = did_you_mean(arguments.decision, policy.decisions) or f"it has {', '.join(policy.decisions)}"
        raise UsageError(f"`{policy.name}` has no decision `{arguments.decision}`: {near}")
    facts = read_facts(policy, arguments.facts)
    ruling = policy.decide(decision.name, facts)
    unknown = [name for name in policy.facts if name in ruling.facts and facts.get(name) is None]
    if ruling.value is None:
        more = " ".join(example(policy, name) for name in unknown)
        raise UsageError(f"{ruling.reason}: add {more}")
    denied = [assumed.text for assumed in policy.assumptions if assumed.holds(facts) is False]
    if arguments.json:
        print(json.dumps(_as_json(policy, ruling, facts, unknown, denied), indent=2, ensure_ascii=False))
        return 0
    print(f"{ruling.reason}\n")
    print("\n".join(_lines(policy, ruling.derivation, 0)))
    if unknown:
        print(f"\ntaken as unknown: {', '.join(unknown)}")
    for text in denied:
        print(f"\nthere is no such case: the policy assumes `{text}`")
    return 0


ACTS = {"ask": _ask}


def load(path: str) -> Policy:
    """The policy in a file. Raises ScenarioError with its problems, UsageError when it is no Policy file."""
    if not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    registry = default_registry()
    loaded = spec.load(path, registry.vocabulary())
    if not isinstance(loaded.spec, spec.Policy):
        raise UsageError(f"`{path}` is of kind {loaded.kind}, and a Policy is wanted")
    found = Diagnostics()
    policy = compile_policy(loaded.spec, found, registry.tools)
    if policy is None:
        raise ScenarioError(found.items, loaded.sources)
    return policy


def _lines(policy: Policy, derivation: Derivation, depth: int) -> Iterator[str]:
    """A decision with its value; under it the clauses that held; under each what it read."""
    decision = policy.decisions[derivation.decision]
    yield f"{'  ' * depth}{decision.name}: {say(decision, derivation.value)}"
    for step in derivation.steps:
        yield f"{'  ' * (depth + 1)}{step.text}  ({step.span.file}:{step.span.line})"
        for name, value in step.facts.items():
            yield f"{'  ' * (depth + 2)}{name}: {'unknown' if value is None else say(policy.facts[name], value)}"
        for used in step.uses:
            yield from _lines(policy, used, depth + 2)


def _as_json(
    policy: Policy, ruling: Ruling, facts: dict[str, Any], unknown: list[str], denied: list[str]
) -> dict[str, Any]:
    return {
        "policy": policy.name,
        "decision": ruling.decision,
        "type": ruling.type,
        "value": ruling.value,
        "says": say(policy.decisions[ruling.decision], ruling.value),
        "reason": ruling.reason,
        "clauses": list(ruling.clauses),
        "facts": facts,
        "unknown": unknown,
        "against": denied,
        "derivation": ruling.derivation.as_json(),
    }
