"""`rlve-dsl explain`: what a scenario compiles to, what a name means, or what the code of a diagnostic means."""

from __future__ import annotations

import argparse
import re
from importlib import resources
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.certify import read_levels
from rlve_dsl.cli.distributions import show_distributions
from rlve_dsl.cli.explain_domain import show_domain
from rlve_dsl.cli.explain_names import explain_name, explain_name_of, explained_path
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.compiler import CompiledEnvironment, Task
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.expressions import Arguments, show
from rlve_dsl.packaged import is_packaged, is_short_name
from rlve_dsl.terminal import Console, Table, console, escape, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what", metavar="PATH|NAME|CODE",
        help="a Collection or Environment file, a name that authors write (order_history, catalog.search, reward.task), "
        "or a code such as S103",
    )  # fmt: skip
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="with a PATH: a name of this scenario, domain or policy"
    )
    add_plugins(parser)
    parser.add_argument("--env", metavar="NAME", help="only this environment")
    parser.add_argument("--level", type=int, default=0, metavar="D")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample opening")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="what the episodes of seeds 0 to N-1 are like, at each level"
    )
    parser.add_argument(
        "--levels", metavar="LEVELS", help="which levels, with --seeds: 0..12, 3, or 0,6,12 (all of the scenario's)"
    )
    parser.add_argument("--json", action="store_true", help="with a NAME or with --seeds, print JSON")


def run(arguments: argparse.Namespace) -> int:
    """0; a usage error when there is no such code, file, name or environment."""
    if arguments.name is not None and not _is_file(arguments.what):
        arguments.what, arguments.name = f"{arguments.what} {arguments.name}", None  # such as `product id`
    if arguments.name is not None:
        explain_name_of(arguments.what, arguments.name, arguments.plugins, arguments.json)
        return 0
    if re.fullmatch(r"[A-Z]\d{3}", arguments.what):
        print(page(arguments.what))
        return 0
    if not _is_file(arguments.what):
        explain_name(arguments.what, registry_of(arguments), arguments.json)
        return 0
    if arguments.name is None and (domain := _domain(arguments.what)) is not None:
        show_domain(domain, console())
        return 0
    scenario = ScenarioReference(arguments.what, tuple(arguments.plugins)).load()
    if arguments.seeds is not None:
        _explain_episodes(scenario, arguments)
        return 0
    if arguments.levels or arguments.json:
        raise UsageError("--levels goes with --seeds, and --json with --seeds or with a name")
    for name in [arguments.env] if arguments.env else scenario.environments:
        _explain(scenario, name, arguments.level, arguments.seed, console())
    return 0


def _is_file(text: str) -> bool:
    """Whether a text means a file: a path, or the short name of a packaged file. A folder can have the name of a tool."""
    if is_packaged(text) or "/" in text or Path(text).suffix in (".yaml", ".yml") or Path(text).is_file():
        return True
    return is_short_name(text)


def _domain(path: str) -> files.Domain | None:
    """The domain in a file; None when the file holds something else."""
    file = explained_path(path)
    if not Path(file).is_file() or not re.search(
        r"(?m)^kind: *Domain\b", files.read_regular(file).decode("utf-8", "replace")
    ):
        return None
    spec = files.load(file).spec
    return spec if isinstance(spec, files.Domain) else None


def _explain_episodes(scenario: Scenario, arguments: argparse.Namespace) -> None:
    if arguments.seeds < 1:
        raise UsageError("--seeds is at least 1")
    if arguments.env and arguments.env not in scenario.environments:
        scenario.reset(arguments.env, level=0, seed=0)  # says which there are
    low, high = scenario.levels
    levels = read_levels(arguments.levels or f"{low}..{high}", low, high)
    environments = (arguments.env,) if arguments.env else scenario.environments
    show_distributions(scenario, environments, levels, arguments.seeds, arguments.json)


def page(code: str) -> str:
    """The page of a diagnostic's code; raises UsageError when there is none."""
    folder = resources.files("rlve_dsl") / "explanations"
    path = folder / f"{code}.md"
    if not path.is_file():
        known = [entry.name.removesuffix(".md") for entry in folder.iterdir()]
        raise UsageError(f"there is no diagnostic `{code}`; {did_you_mean(code, known)}".rstrip("; "))
    return path.read_text(encoding="utf-8").rstrip()


def _explain(scenario: Scenario, name: str, level: int, seed: int, printer: Console) -> None:
    episode = scenario.reset(name, level=level, seed=seed)
    environment = episode.environment
    if environment.by_seed:  # the fixed task of this seed
        environment = environment.alone(episode.parts[0].environment.name)
    printer.rule(f"[bold]{escape(environment.title)}[/] ({name}) at level {level}", align="left")
    printer.print(_axes(environment, level))
    printer.print(f"\n[bold]budgets[/]  {episode.turn_budget} turns, {episode.tool_budget} calls a turn")
    if environment.numbered:
        _explain_requests(environment, printer)
    else:
        _explain_answer(environment, printer)
    _explain_reward(environment, printer)
    for part in environment.parts.values():
        _explain_facts(part, printer)
        _explain_troubles(part, printer)
    printer.print(f"\n[bold]a sample opening[/] (seed {seed})\n  {escape(episode.opening)}")
    printer.print(f"\n[bold]system prompt[/]\n{escape(episode.system_prompt)}\n")


def _explain_answer(task: Task, printer: Console) -> None:
    for environment in task.parts.values():
        printer.print(f"[bold]tools[/]    {', '.join(environment.tools)}")
        answer = ", ".join(f"{field}: {type_}" for field, type_ in environment.answer.items())
        printer.print(f"[bold]answer[/]   {answer or 'nothing but that it is done'}")


def _explain_requests(task: Task, printer: Console) -> None:
    if task.count is not None:
        printer.print(f"[bold]requests[/] {escape(task.count.text)} of {', '.join(task.parts)}")
    for pair in sorted(sorted(pair) for pair in task.apart if len(pair) == 2):
        printer.print(f"           never together: {' and '.join(pair)}")
    if task.switch is not None:
        printer.print(f"           raised early with probability {escape(task.switch.text)}")


def _explain_reward(task: Task, printer: Console) -> None:
    printer.print("\n[bold]reward[/]")
    for environment in () if task.numbered else task.parts.values():
        for measure, expression in environment.measures:
            printer.print(f"  {measure} = {escape(expression.text)}")
    printer.print(f"  task = {escape(task.task.text)}")
    printer.print(f"  passes when {escape(task.correct_when.text)}")
    if task.wrong < 1:
        printer.print(f"  task of a wrong outcome = -1 + (task + 1) * {(task.wrong + 1) / 2:g}, at most {task.wrong:g}")
    reward = task.reward
    for let, expression in reward.lets:
        printer.print(f"  {let} = {escape(expression.text)}")
    low, high = reward.spec.range
    weighted = " + ".join(f"{weight:g} * {term}" for term, weight, _ in reward.terms)
    printer.print(f"  reward = {escape(weighted)}, within {low:g}..{high:g}")
    for term, _, expression in reward.terms:
        printer.print(f"  {term} = {escape(expression.text)}")


def _explain_facts(environment: CompiledEnvironment, printer: Console) -> None:
    printer.print(f"\n[bold]facts the user can say[/] ({environment.name})")
    for fact in environment.facts:
        asked = f"ask: {fact.asks[0].text}" if fact.asks else "always said"
        omitted = f" · omitted: {fact.omit.text}" if fact.omit else ""
        printer.print(f"  {fact.name}: {escape(fact.says.text)} · {escape(asked)}{escape(omitted)}")


def _explain_troubles(environment: CompiledEnvironment, printer: Console) -> None:
    troubles = [(plan.disturbance.name, plan.arguments, plan.tools) for plan in environment.disturbances]
    for name, arguments, tools in troubles:
        on = "all tools" if tools >= environment.tools.keys() else ", ".join(sorted(tools)) or "no tool"
        printer.print(f"[bold]disturbance[/] {name}({escape(_given(arguments))}) of {on}")
    for plan in environment.noises:
        printer.print(f"[bold]noise[/]       {plan.noise.name}({escape(_given(plan.arguments))})")


def _given(arguments: Arguments) -> str:
    return ", ".join(f"{name}: {expression.text}" for name, expression in arguments.expressions.items())


def _axes(environment: Task, level: int) -> Table:
    idle = {name: "" if name in environment.reads else " (not read here)" for name in environment.axes}
    rows = [
        (name, show(axis.at(level), axis.type), axis.curve.text, axis.axis.role + idle[name])
        for name, axis in environment.axes.items()
    ]
    return table(("axis", "value", "curve", "role"), rows)
