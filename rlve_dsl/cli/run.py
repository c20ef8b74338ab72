"""`rlve-dsl run`: play one episode and show the conversation."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from rlve_dsl.agents import AGENTS, Agent, OracleAgent, Performance, agent_named, perform, play
from rlve_dsl.cli.checking import keep_verdict
from rlve_dsl.cli.garbage import uncollected
from rlve_dsl.cli.sources import add_scenario, registry_of
from rlve_dsl.cli.user_options import add_user, model_shopper
from rlve_dsl.cli.verdict_cache import cache_key, find_verdict, verdict_of
from rlve_dsl.compiler import Loader
from rlve_dsl.episode import (
    Action,
    Call,
    Episode,
    Malformed,
    Observation,
    PartOutcome,
    Scenario,
    ScenarioReference,
    owned,
    record,
)
from rlve_dsl.terminal import Console, console, escape, print_fitting, table
from rlve_dsl.user import ScriptedUser

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument("--env", metavar="NAME", help="which environment (the first when not said)")
    parser.add_argument("--level", type=int, default=0, metavar="D")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    names = ", ".join(kind.name for kind in AGENTS)
    parser.add_argument(
        "--agent", default="oracle", metavar="NAME", help=f"who plays: {names}, or an agent of a plugin"
    )
    parser.add_argument("--json", action="store_true", help="print the trajectory as JSON lines")
    add_user(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, whatever the agent did."""
    with model_shopper(arguments) as shopper:
        _play(arguments, shopper)
    return 0


def _play(arguments: argparse.Namespace, shopper: ModelShopper | None) -> None:
    make = agent_named(arguments.agent, registry_of(arguments))
    with uncollected():
        scenario = _load(arguments.path, arguments.plugins)
    name = arguments.env or scenario.environments[0]
    key = {"level": arguments.level, "seed": arguments.seed}
    episode = scenario.reset(name, **key, user=shopper or ScriptedUser)
    printer = console(stderr=arguments.json)
    if not arguments.json:
        printer.print(
            f"[bold]{escape(episode.environment.title)}[/] · level {episode.level} · seed {episode.seed} · "
            f"{episode.turn_budget} turns of {episode.tool_budget} calls"
        )
    # what a person is shown and asked is no part of the recording
    with redirect_stdout(sys.stderr) if arguments.json else nullcontext():
        agent: Agent = make(episode)
        if arguments.json and arguments.agent != "human":
            play(episode, agent)
        else:
            play(episode, _Shown(agent, printer, actions=arguments.agent != "human"))
            _show_messages(episode.observation, printer, shorten=arguments.agent != "human")
    if arguments.json:
        sys.stdout.write(record(episode))
    else:
        _show_outcome(episode, printer)
        if not _passed(episode) and arguments.agent != "oracle":
            _show_what_passes(perform(lambda: scenario.reset(name, **key), OracleAgent), printer)
    if shopper is not None:
        printer.print(escape(shopper.tally.summary()))


def _load(path: str, plugins: Sequence[str]) -> Scenario:
    """The scenario at a path. Where the cache says that its files have no errors, no level is tried, and only what is played is
    compiled."""
    reference = ScenarioReference(path, tuple(plugins))
    key = None if plugins else cache_key([Path(path)])
    known = key is not None and find_verdict(key) is not None
    loader = Loader(reference.registry(), try_levels=not known, one_at_a_time=known)
    scenario = reference.load(loader)
    if key and not known:
        keep_verdict(key, verdict_of(scenario.warnings, scenario.sources), loader)
    return scenario


class _Shown:
    """An agent whose observations and actions are shown. Who types the actions sees the observations whole, and the actions already."""

    def __init__(self, agent: Agent, printer: Console, *, actions: bool) -> None:
        self._agent = agent
        self._printer = printer
        self._actions = actions

    def act(self, observation: Observation) -> Action | Malformed:
        _show_messages(observation, self._printer, shorten=self._actions)
        action = self._agent.act(observation)
        if self._actions:
            _show_action(owned(action), self._printer)  # as the episode takes it
        return action


def _show_action(action: Action | Malformed, printer: Console) -> None:
    if isinstance(action, Malformed):
        printer.print(f"[red]agent  malformed: {escape(action.reason)}[/]")
        return
    if action.message:
        printer.print(f"[green]agent [/] {escape(action.message)}")
    for call in action.calls:
        printer.print(f"[cyan]call  [/] {escape(_signature(call))}")
    for answer in action.answers:
        printer.print(f"[green]answer[/] {escape(json.dumps(dict(answer), ensure_ascii=False))}")


def _signature(call: Call) -> str:
    return f"{call.name}({', '.join(f'{k}={json.dumps(v, ensure_ascii=False)}' for k, v in call.args.items())})"


def _show_messages(observation: Observation, printer: Console, *, shorten: bool) -> None:
    for message in observation.messages:
        if message["role"] == "user":
            printer.print(f"[yellow]user  [/] {escape(message['content'])}")
        else:
            content = _shortened(message["content"]) if shorten else message["content"]
            printer.print(f"[dim]result {escape(content)}[/]")


def _shortened(text: str, width: int = 400) -> str:
    return text if len(text) <= width else f"{text[:width]}… ({len(text)} characters)"


def _show_outcome(episode: Episode, printer: Console) -> None:
    outcome = episode.outcome
    assert outcome is not None
    verdict = "[green]passed[/]" if outcome.correct else "[red]not passed[/]"
    printer.print(f"\n{verdict} · {outcome.termination} · reward {outcome.reward:.3f} · {len(episode.turns)} turns")
    if outcome.parts:
        rows = [_request(number, part) for number, part in enumerate(outcome.parts, start=1)]
        headings = ("request", "environment", "ended", "task", "lost", "because")
        print_fitting(headings, rows, "because", ("request", "task", "lost"))
    if outcome.terms:
        rows = [(term.name, f"{term.weight:.2f}", f"{term.value:.3f}", term.reason) for term in outcome.terms]
        printer.print(table(("term", "weight", "value", "because"), rows, right=("weight", "value")))
    if outcome.reason:
        printer.print(escape(outcome.reason))


def _passed(episode: Episode) -> bool:
    return episode.outcome is not None and episode.outcome.correct


def _show_what_passes(oracle: Performance, printer: Console) -> None:
    """The oracle's calls that change something and its answers, where its play of the same episode passes."""
    if oracle.episode is None or not oracle.passed:
        return
    printer.print("\n[green]the oracle passes with[/]")
    tools = oracle.episode.toolset
    for action in oracle.script:
        changing = tuple(call for call in action.calls if call.name in tools and tools[call.name].writes)
        _show_action(Action(calls=changing, answer=action.answer, more_answers=action.more_answers), printer)


def _request(number: int, part: PartOutcome) -> tuple[str, ...]:
    """A row about a request of a chain."""
    ended = "not reached"
    if part.reached:
        ended = "not answered" if not part.answered else "correct" if part.correct else "wrong"
    lost = "" if part.lost is None else f"{part.lost:.3f}"
    because = "" if part.correct else part.reason
    return (str(number), part.environment, ended, f"{part.task:.3f}", lost, because)
