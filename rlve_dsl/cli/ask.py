"""`rlve-dsl ask`: what the shopper understands of a message, and what they say to it."""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rlve_dsl.cli.question_files import (
    VERDICTS,
    Known,
    misheard,
    name_of,
    names_in,
    read_questions,
    understood_as,
    verdict_of,
)
from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.episode import Action, Episode
from rlve_dsl.errors import UsageError
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
    Understood,
    Utterance,
    contradicted,
    understood_with_proposal,
)
from rlve_dsl.values import JsonObject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    # not `nargs="?"`: a message that stands behind options would be refused then
    parser.add_argument("message", metavar="MESSAGE", help="what the agent says; not with --file").required = False
    parser.add_argument(
        "--file", metavar="QUESTIONS",
        help="instead of a MESSAGE a text of at most 4 MB with a question a line, each understood by itself, and after `=>` "
        "the facts that it asks for, with commas between them: print those not understood exactly, and the counts",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="with --file, print JSON, with every question")
    parser.add_argument("--env", metavar="NAME", help="which environment (the first when not said)")
    parser.add_argument("--level", type=int, default=0, metavar="D")
    parser.add_argument("--seed", type=int, default=0, metavar="N")


def run(arguments: argparse.Namespace) -> int:
    """0, whatever was understood.

    Raises:
        UsageError: There is neither a message nor a file, or both; or --json without a file.
    """
    if (arguments.message is None) == (arguments.file is None):
        raise UsageError("give a MESSAGE, or --file QUESTIONS, and not both")
    if arguments.json and arguments.file is None:
        raise UsageError("--json needs --file")
    scenario = scenario_of(arguments).load()
    environment = arguments.env or scenario.environments[0]
    kept = _Kept()
    episode = scenario.reset(
        environment, level=arguments.level, seed=arguments.seed, user=lambda role: _Overheard(role, kept)
    )
    open_parts = [part for part in episode.parts if part.is_open]
    held = [slot for part in open_parts for slot in part.drawn.slots]
    absent = [slot for part in open_parts for slot in part.absent]
    words = tuple(dict.fromkeys(entry for part in open_parts for entry in part.environment.words))
    listener = Listener(held, absent, words)
    if arguments.file is not None:
        _ask_file(arguments, episode, held, listener, kept)
        return 0
    printer = console()
    for message in episode.observation.messages:
        printer.print(f"[blue]user  [/] {escape(str(message['content']))}")
    printer.print(f"[green]agent [/] {escape(arguments.message)}\n")
    if not arguments.message:
        printer.print("an empty message is nothing: the user hears nothing and says nothing")
        return 0
    replies = episode.step(Action(arguments.message, ())).observation.messages
    _show_understood(kept, held, listener, printer)
    for message in replies:
        printer.print(f"\n[blue]user  [/] {escape(str(message['content']))}")
    return 0


@dataclass
class _Kept:
    """What the users of an episode and of its forks heard last, who did, and what was said to that."""

    heard: Heard = field(default_factory=lambda: Heard(0))
    said: Utterance = field(default_factory=lambda: Utterance(""))
    role: Role | None = None

    def understood(self, understand: Callable[[str], Understood]) -> tuple[Understood, Proposal]:
        """What the message asks for, and what it proposes."""
        assert self.role is not None  # the user has opened the conversation
        return understood_with_proposal(self.heard, self.role.actions, understand)


class _Overheard:
    """A scripted user of which is kept what it heard last and what it said to that."""

    def __init__(self, role: Role, kept: _Kept) -> None:
        self._role, self._kept = role, kept
        self._user = ScriptedUser(role)

    def respond(self, heard: Heard) -> Utterance:
        said = self._user.respond(heard)
        self._kept.heard, self._kept.said, self._kept.role = heard, said, self._role
        return said

    def fork(self) -> _Overheard:
        other = copy.copy(self)
        other._user = self._user.fork()
        return other


def _ask_file(
    arguments: argparse.Namespace, episode: Episode, held: Sequence[Slot], listener: Listener, kept: _Kept
) -> None:
    """Put each question of a file to the shopper, in an episode of its own, and print what was not understood exactly."""
    questions = read_questions(arguments.file, _known(episode, held))
    counts = dict.fromkeys(VERDICTS, 0)
    rows: list[JsonObject] = []
    printer = console()
    for one in questions:
        episode.fork().step(Action(one.question, ()))
        understood, _ = kept.understood(listener.understand)
        verdict = verdict_of(one.facts, understood, held)
        counts[verdict] += 1
        shortly = understood_as(understood, held)
        explained = understood if verdict == "exactly" else kept.understood(listener.explain)[0]  # that takes longer
        wrong = misheard(one.facts, explained, held)
        if arguments.json:
            names = names_in(understood, held)
            row: JsonObject = {"line": one.line, "question": one.question, "expected": list(one.facts)}
            row |= {"understood": [*names], "understood_as": shortly, "verdict": verdict, **wrong.as_json()}
            rows.append(row)
        elif verdict != "exactly":
            place = f"{arguments.file}:{one.line}: {VERDICTS[verdict]}: {one.question}"
            shown = f"{shortly}; {wrong}" if str(wrong) else shortly
            printer.print(escape(f"{place} => {', '.join(one.facts) or 'no fact'}; understood as: {shown}"))
    if arguments.json:
        print(json.dumps({"totals": counts, "questions": rows}, ensure_ascii=False, indent=2))
    else:
        shares = ", ".join(f"{count} {VERDICTS[verdict]}" for verdict, count in counts.items())
        printer.print(f"{len(questions)} question{'s' if len(questions) > 1 else ''}: {shares}")


def _known(episode: Episode, held: Sequence[Slot]) -> Known:
    """The names of the facts that hold, and why others of the environment do not."""
    why_not = dict[str, str]()
    for part in episode.parts:
        for slot in (*part.drawn.slots, *part.absent):
            if part.is_open:
                why_not[slot.fact] = "its `if:` does not hold here: try another --seed or --level"
            else:
                why_not.setdefault(slot.fact, "it belongs to a request that the user has not raised yet")
    return Known(tuple(dict.fromkeys(map(name_of, held))), why_not)


def _show_understood(kept: _Kept, held: Sequence[Slot], listener: Listener, printer: Console) -> None:
    understood, proposal = kept.understood(listener.explain)
    printer.print(f"understood as: {escape(understood_as(understood, held))}")
    if understood.next_likeliest is not None:
        following = understood.next_likeliest
        which = "the next likeliest fact" if understood.asked else "the likeliest fact"
        printer.print(escape(f"{which}: {name_of(held[following.fact])} ({following})"))
    if understood.go_ahead:
        _show_proposal(proposal, kept, held, printer)
    if understood.missed is not None:
        which = {"first": "the first thing", "last": "the last thing", "other": "one of the things"}[understood.missed]
        printer.print(f"a part was not understood: {which} that it asks for")
    for clause in understood.clauses:
        printer.print(f"  `{escape(clause.text)}` is {clause.kind.replace('_', ' ')}: {escape(clause.why)}")


_NO_CALL = {
    "look": "nothing that changes anything, so there is nothing to agree to",
    "unknown": "something that no tool here does, or that is not clear: the user asks back",
    "nothing": "nothing: the user asks with what to go ahead",
}
_NOTHING_NAMED = " (it names nothing that the user knows or a tool has shown)"


def _show_proposal(proposal: Proposal, kept: _Kept, held: Sequence[Slot], printer: Console) -> None:
    """Which calls a message proposes, and whether the shopper agrees."""
    if proposal.kind != "change":
        printer.print(f"it proposes {_NO_CALL[proposal.kind]}")
        return
    for stated in proposal.actions:
        called = ", ".join(f"`{phrase}`" for phrase in stated.called)
        things = " and ".join(_things(mention) for mention in stated.about) or "anything"
        whole = ", all there is" if stated.whole else "" if stated.about else _NOTHING_NAMED
        printer.print(f"it proposes {escape(stated.tool)}, called {called}, of {escape(things)}{whole}")
    if proposal.check:
        wanted = "wants this" if proposal.check == "wanted" else "does not want this"
        printer.print(f"it only asks whether the user {wanted}: the answer is no consent")
    elif kept.said.confirms:
        printer.print("the user agrees: one such call has consent")
    elif kept.said.refuses:
        assert kept.role is not None  # who refuses has heard something
        requests = [kept.role.request(number) for number in kept.heard.open_requests]
        declared = any(request.objection(proposal, kept.heard.state) is not None for request in requests)
        wrong = ", ".join(name_of(slot) for slot in contradicted(proposal, held))
        why = "an entry of `confirm:` holds" if declared else f"it names another value of {wrong or 'a thing'}"
        printer.print(f"the user refuses: {why}")


def _things(mention: Mention) -> str:
    """The things that words may mean."""
    return " or ".join(dict.fromkeys(_called(thing) for thing in mention))


def _called(thing: Thing) -> str:
    if thing.name is not None:
        return thing.name if thing.line_id is None else f"{thing.name} ({thing.line_id})"
    return thing.line_id or thing.order_id or thing.product_id or (thing.entity[1] if thing.entity else "?")
