"""`rlve-dsl ask`: what the shopper understands of a message, and what they say to it."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence

from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.episode import Action
from rlve_dsl.terminal import Console, console, escape
from rlve_dsl.user import (
    Heard,
    Listener,
    Mention,
    Proposal,
    Role,
    ScriptedUser,
    Slot,
    Thing,
    Utterance,
    contradicted,
    understood_with_proposal,
)


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
    environment = arguments.env or scenario.environments[0]
    users: list[_Overheard] = []

    def make(role: Role) -> _Overheard:
        users.append(_Overheard(role))
        return users[-1]

    episode = scenario.reset(environment, level=arguments.level, seed=arguments.seed, user=make)
    printer = console()
    for message in episode.observation.messages:
        printer.print(f"[blue]user  [/] {escape(str(message['content']))}")
    printer.print(f"[green]agent [/] {escape(arguments.message)}\n")
    if not arguments.message:
        printer.print("an empty message is nothing: the shopper hears nothing and says nothing")
        return 0
    open_parts = [part for part in episode.parts if part.is_open]
    held = [slot for part in open_parts for slot in part.drawn.slots]
    absent = [slot for part in open_parts for slot in part.absent]
    words = tuple(dict.fromkeys(entry for part in open_parts for entry in part.environment.words))
    listener = Listener(held, absent, words)
    replies = episode.step(Action(arguments.message, ())).observation.messages
    (user,) = users
    _show_understood(user, held, listener, printer)
    for message in replies:
        printer.print(f"\n[blue]user  [/] {escape(str(message['content']))}")
    return 0


class _Overheard:
    """A scripted user that keeps what it heard last and what it said to that."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.heard = Heard(0)
        self.said = Utterance("")
        self._user = ScriptedUser(role)

    def respond(self, heard: Heard) -> Utterance:
        self.heard, self.said = heard, self._user.respond(heard)
        return self.said

    def fork(self) -> _Overheard:
        return copy.copy(self)  # nothing is played on here


def _show_understood(user: _Overheard, held: Sequence[Slot], listener: Listener, printer: Console) -> None:
    understood, proposal = understood_with_proposal(user.heard, user.role.actions, listener.explain)
    asked = ", ".join(_name(held[index]) for index in understood.asked)
    also = " and for whatever is open" if understood.asked and understood.general else ""
    kind = understood.kind.replace("_", " ")
    ahead = " beside a request for a go-ahead" if understood.go_ahead and understood.kind != "go_ahead" else ""
    printer.print(f"understood as: {kind}{f' for {asked}' if asked else ''}{also}{ahead}")
    if understood.go_ahead:
        _show_proposal(proposal, user, held, printer)
    if understood.missed is not None:
        which = {"first": "the first thing", "last": "the last thing", "other": "one of the things"}[understood.missed]
        printer.print(f"a part was not understood: {which} that it asks for")
    for clause in understood.clauses:
        printer.print(f"  `{escape(clause.text)}` is {clause.kind.replace('_', ' ')}: {escape(clause.why)}")


_NO_CALL = {
    "look": "nothing that changes anything, so there is nothing to agree to",
    "unknown": "something that no tool here does, or that is not clear: the shopper asks back",
    "nothing": "nothing: the shopper asks with what to go ahead",
}


def _show_proposal(proposal: Proposal, user: _Overheard, held: Sequence[Slot], printer: Console) -> None:
    """Which calls a message proposes, and whether the shopper agrees."""
    if proposal.kind != "change":
        printer.print(f"it proposes {_NO_CALL[proposal.kind]}")
        return
    for stated in proposal.actions:
        called = ", ".join(f"`{phrase}`" for phrase in stated.called)
        things = " and ".join(_things(mention) for mention in stated.about) or "anything"
        whole = ", all there is" if stated.whole else ""
        printer.print(f"it proposes {escape(stated.tool)}, called {called}, of {escape(things)}{whole}")
    if proposal.check:
        wanted = "wants this" if proposal.check == "wanted" else "does not want this"
        printer.print(f"it only asks whether the shopper {wanted}: the answer is no consent")
    elif user.said.confirms:
        printer.print("the shopper agrees: one such call has consent")
    elif user.said.refuses:
        requests = [user.role.request(number) for number in user.heard.open_requests]
        declared = any(request.objection(proposal, user.heard.state) is not None for request in requests)
        wrong = ", ".join(_name(slot) for slot in contradicted(proposal, held))
        why = "an entry of `confirm:` holds" if declared else f"it names another value of {wrong or 'a thing'}"
        printer.print(f"the shopper refuses: {why}")


def _things(mention: Mention) -> str:
    """The things that words may mean."""
    return " or ".join(dict.fromkeys(_called(thing) for thing in mention))


def _called(thing: Thing) -> str:
    if thing.name is not None:
        return thing.name if thing.line_id is None else f"{thing.name} ({thing.line_id})"
    return thing.line_id or thing.order_id or thing.product_id or (thing.entity[1] if thing.entity else "?")


def _name(slot: Slot) -> str:
    return slot.fact if slot.key is None else f"{slot.fact}[{slot.key}]"
