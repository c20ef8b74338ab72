"""`rlve-dsl ask`: what the shopper understands of a message, and what they say to it."""

from __future__ import annotations

import argparse

from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.episode import Action, Episode
from rlve_dsl.terminal import Console, console, escape
from rlve_dsl.user import Listener, Slot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument("message", metavar="MESSAGE", help="what the agent says")
    parser.add_argument("--env", metavar="NAME", help="which environment (the first when not said)")
    parser.add_argument("--level", type=int, default=0, metavar="D")
    parser.add_argument("--seed", type=int, default=0, metavar="N")


def run(arguments: argparse.Namespace) -> int:
    """0, whatever was understood."""
    scenario = scenario_of(arguments).load()
    episode = scenario.reset(arguments.env or scenario.environments[0], level=arguments.level, seed=arguments.seed)
    printer = console()
    for message in episode.observation.messages:
        printer.print(f"[blue]user  [/] {escape(str(message['content']))}")
    printer.print(f"[green]agent [/] {escape(arguments.message)}\n")
    _show_understood(episode, arguments.message, printer)
    heard = episode.step(Action(arguments.message, ())).observation.messages
    for message in heard:
        printer.print(f"\n[blue]user  [/] {escape(str(message['content']))}")
    return 0


def _show_understood(episode: Episode, message: str, printer: Console) -> None:
    open_parts = [part for part in episode.parts if part.is_open]
    held = [slot for part in open_parts for slot in part.drawn.slots]
    absent = [slot for part in open_parts for slot in part.absent]
    words = tuple(dict.fromkeys(entry for part in open_parts for entry in part.environment.words))
    understood = Listener(held, absent, words).explain(message)
    asked = ", ".join(_name(held[index]) for index in understood.asked)
    also = " and for whatever is open" if understood.asked and understood.general else ""
    printer.print(f"understood as: {understood.kind.replace('_', ' ')}{f' for {asked}' if asked else ''}{also}")
    if understood.missed is not None:
        which = {"first": "the first thing", "last": "the last thing", "other": "one of the things"}[understood.missed]
        printer.print(f"a part was not understood: {which} that it asks for")
    for clause in understood.clauses:
        printer.print(f"  `{escape(clause.text)}` is {clause.kind.replace('_', ' ')}: {escape(clause.why)}")


def _name(slot: Slot) -> str:
    return slot.fact if slot.key is None else f"{slot.fact}[{slot.key}]"
