"""`rlve-dsl policy`: ask a store policy what it decides, and print it in words."""

from __future__ import annotations

import argparse
import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from functools import partial

from rlve_dsl import files
from rlve_dsl.cli.recordings import add_recording, replay_recording
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.errors import ScenarioError, Unsatisfiable, UsageError
from rlve_dsl.packaged import path_of
from rlve_dsl.plugins import Registry
from rlve_dsl.policy import (
    Decision,
    Derivation,
    Policy,
    Ruling,
    compile_policy,
    domain,
    edges,
    example,
    passages,
    read_facts,
    say,
    table,
)
from rlve_dsl.values import JsonObject, Names

_STRETCHES = 50  # more are not printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of each of the verb's actions."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")

    def act(name: str, run: Callable[[argparse.Namespace], int], help: str, description: str) -> ArgumentParser:
        sub: ArgumentParser = acts.add_parser(name, help=help, description=description, allow_abbrev=False)
        sub.add_argument("path", type=partial(path_of, kinds=("Policy",)), metavar="FILE", help="a Policy file")
        add_plugins(sub)
        sub.set_defaults(run=run)
        return sub

    ask = act(
        "ask", _ask, "what is decided of a case, and by which clauses",
        "Print a decision of a policy for a case, and the clauses and facts that led to it.",
    )  # fmt: skip
    ask.add_argument("decision", metavar="DECISION")
    ask.add_argument(
        "facts", nargs="*", metavar="FACT=VALUE", help="`order.total=$20`, `order.days_delivered=12 days`, `item.price=unknown`"
    )  # fmt: skip
    ask.add_argument("--json", action="store_true", help="as JSON, amounts in cents, days and hundredths of a percent")
    read = act(
        "read", _read, "the policy in words, a passage a clause",
        "Print a policy's passages, as `policy.search` shows them, and how many different answers its questions of each depth have.",
    )  # fmt: skip
    read.add_argument("decision", metavar="DECISION", nargs="?", help="this decision alone")
    along = act(
        "edges", _edges, "where a decision changes along one amount",
        "Print the stretches of an amount within which a decision stays the same, for a case otherwise fixed.",
    )  # fmt: skip
    along.add_argument("decision", metavar="DECISION")
    along.add_argument("fact", metavar="FACT", help="the amount that changes: `order.days_delivered`")
    along.add_argument("facts", nargs="*", metavar="FACT=VALUE", help="the other facts")

    answers = acts.add_parser(
        "check-answers", help="which recorded calls break the policy",
        description="Make the recorded calls of each task in a domain, and name those that the policy does not allow.",
        allow_abbrev=False,
    )  # fmt: skip
    add_recording(answers)
    answers.set_defaults(run=_check_answers)


def run(arguments: argparse.Namespace) -> int:
    """0 when there is an answer; a usage error where it needs a fact that was not given."""
    code: int = arguments.run(arguments)
    return code


def _ask(arguments: argparse.Namespace) -> int:
    policy = load(arguments.path, registry_of(arguments))
    decision = _decision(policy, arguments.decision)
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


def _read(arguments: argparse.Namespace) -> int:
    policy = load(arguments.path, registry_of(arguments))
    decisions = list(policy.decisions.values())
    if arguments.decision is not None:
        decisions = [_decision(policy, arguments.decision)]
    texts = passages(policy)
    for place, decision in enumerate(decisions):
        title = f"{decision.noun or decision.name} ({decision.name}; {_counted(policy, decision)})"
        print(f"{chr(10) if place else ''}{title}")
        for passage in texts:
            if passage.decision == decision.name:
                print(f"  {passage.id:<{len(decision.name) + 4}}{passage.text}")
    return 0


def _counted(policy: Policy, decision: Decision) -> str:
    """How many different answers a decision has at each depth, or why no question is drawn about it."""
    questions = table(policy)
    try:
        depths = questions.of(decision.name)
    except Unsatisfiable as problem:
        return f"no questions: {problem}"
    counts = ", ".join(f"{len(questions.answers(decision.name, depth))} at depth {depth}" for depth in depths)
    return f"different answers: {counts}"


def _edges(arguments: argparse.Namespace) -> int:
    policy = load(arguments.path, registry_of(arguments))
    decision = _decision(policy, arguments.decision)
    facts = read_facts(policy, arguments.facts)
    ends = edges(policy, decision.name, arguments.fact, facts)
    fact = policy.facts[arguments.fact]
    if len(ends) > _STRETCHES:
        raise UsageError(f"`{decision.name}` is computed from `{fact.name}`: it changes at {len(ends):,} of its values")
    low, high = domain(fact)
    for start, end in zip([low, *(v + 1 for v in ends)], [*ends, high], strict=True):
        stretch = say(fact, start) if start == end else f"{say(fact, start)} to {say(fact, end)}"
        value = policy.decide(decision.name, {**facts, fact.name: start}).value
        print(f"{stretch}: {'unknown' if value is None else say(decision, value)}")
    return 0


def _check_answers(arguments: argparse.Namespace) -> int:
    replayed = replay_recording(arguments)
    for task in replayed:
        for call in task.disallowed:
            print(f"task {task.name}: {call}")
    broken = sum(bool(task.disallowed) for task in replayed)
    print(f"recorded answers that break the policy: {broken} of {len(replayed)}")
    return 0


def _decision(policy: Policy, name: str) -> Decision:
    if name not in policy.decisions:
        near = did_you_mean(name, policy.decisions) or f"it has {', '.join(policy.decisions)}"
        raise UsageError(f"`{policy.name}` has no decision `{name}`: {near}")
    return policy.decisions[name]


def load(path: str, registry: Registry) -> Policy:
    """The policy in a file; raises ScenarioError with its problems, UsageError when it is no Policy file."""
    if problem := files.problem_of(path):
        raise UsageError(problem)
    loaded = files.load(path, registry.vocabulary())
    if not isinstance(loaded.spec, files.Policy):
        raise UsageError(f"`{path}` is of kind {loaded.kind}, and a Policy is wanted")
    found = Diagnostics()
    domain = loaded.spec.domain
    seen = registry.view(loaded.spec.plugins)
    tools = (*seen.tools, *((files.tools_of_domain(domain.path) or ()) if domain is not None else ()))
    policy = compile_policy(loaded.spec, found, tools)
    if policy is None:
        raise ScenarioError(found.items, loaded.sources)
    return policy


def _lines(policy: Policy, derivation: Derivation, depth: int) -> Iterator[str]:
    """A decision with its value, under it the clauses that apply, under each clause the facts that it reads."""
    decision = policy.decisions[derivation.decision]
    yield f"{'  ' * depth}{decision.name}: {say(decision, derivation.value)}"
    for step in derivation.steps:
        yield f"{'  ' * (depth + 1)}{step.text}  ({step.span.file}:{step.span.line})"
        for name, value in step.facts.items():
            yield f"{'  ' * (depth + 2)}{name}: {'unknown' if value is None else say(policy.facts[name], value)}"
        for used in step.uses:
            yield from _lines(policy, used, depth + 2)


def _as_json(policy: Policy, ruling: Ruling, facts: Names, unknown: list[str], denied: list[str]) -> JsonObject:
    return {
        "policy": policy.name,
        "decision": ruling.decision,
        "type": ruling.type,
        "value": ruling.value,
        "says": say(policy.decisions[ruling.decision], ruling.value),
        "reason": ruling.reason,
        "clauses": list(ruling.clauses),
        "facts": facts,
        "unknown": list(unknown),
        "against": list(denied),
        "derivation": ruling.derivation.as_json(),
    }
