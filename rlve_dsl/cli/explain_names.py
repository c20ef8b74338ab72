"""What `rlve-dsl explain` prints about names: those of the language, and those of one scenario."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.compiler import Loader, compile_domain, governance_of, load_any
from rlve_dsl.episode import ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.packaged import PLAYED, path_of
from rlve_dsl.plugins import Registry, registry_with
from rlve_dsl.reference import (
    Entry,
    domain_entries,
    entries,
    found,
    policy_entries,
    suggestions,
    task_entries,
    with_example,
)
from rlve_dsl.terminal import Console, console, escape

_MOST_IN_FULL = 4


def explained_path(text: str) -> str:
    """As `path_of`, for a file that can be explained."""
    return path_of(text, (*PLAYED, "Domain", "Policy"))


def explain_name(name: str, known: Registry, as_json: bool) -> None:
    """Print what a name of the language means, all of it if it means several things.

    Raises:
        UsageError: It means nothing; the message suggests a name that is close.
    """
    every = entries(known)
    matching = found(name, every)
    if not matching:
        own = f"; for a name of your own files, write `rlve-dsl explain FILE {name}`" if "." in name else ""
        hint = suggestions(name, every) or f"`docs/reference/` lists what there is{own}"
        raise UsageError(f"there is no file and no name `{name}`; {hint}")
    _print(name, matching, as_json)


def explain_name_of(path: str, name: str, plugins: Sequence[str], as_json: bool) -> None:
    """Print what a name means in a Collection, Environment, Domain or Policy file.

    Raises:
        UsageError: It means nothing there.
        ScenarioError: The file has errors.
    """
    known = registry_with(plugins)
    own = _entries_of(path, plugins, known)
    if declared := found(name, own):
        _print(name, declared, as_json, Path(explained_path(path)).parent)
        return
    matching = found(name, entries(known))
    if not matching:
        hint = suggestions(name, own) or suggestions(name, entries(known))
        raise UsageError(f"`{path}` has no `{name}`" + (f"; {hint}" if hint else ""))
    _print(name, matching, as_json)


def _entries_of(path: str, plugins: Sequence[str], known: Registry) -> tuple[Entry, ...]:
    loader = Loader(known)
    spec = load_any(Path(explained_path(path)), loader)
    if isinstance(spec, files.Domain):
        domain = compile_domain(spec, None, known, loader.diagnostics)
        loader.finish()
        assert domain is not None, "it has no errors"
        return tuple(domain_entries(domain))
    if isinstance(spec, files.Policy):
        read = loader.read(explained_path(path), files.Policy)
        governance = governance_of(spec, read[1] if read else "", loader, loader.diagnostics)
        loader.finish()
        assert governance is not None, "it has no errors"
        return tuple(policy_entries(governance.policy))
    loader.finish()
    scenario = ScenarioReference(path, tuple(plugins)).load()
    tasks = [scenario.reset(n, level=scenario.levels[0], seed=0).environment for n in scenario.environments]
    return tuple(dict.fromkeys(entry for task in tasks for entry in task_entries(task)))


def _print(name: str, matching: Sequence[Entry], as_json: bool, folder: Path | None = None) -> None:
    """Print entries. With `folder`, examples are those of the files in it."""
    if as_json:
        print(json.dumps([with_example(entry, folder).as_json() for entry in matching], ensure_ascii=False, indent=2))
        return
    printer = console()
    # a key such as `says` is one of many files; whatever else has the name is worth more
    full = matching if len(matching) <= _MOST_IN_FULL else [e for e in matching if e.sort != "key" or e.name == name]
    short = [entry for entry in matching if entry not in full]
    for entry in full:
        _print_entry(with_example(entry, folder), printer)
    if short:
        printer.print(f"[bold]{escape(name)}[/] is {'also ' if full else ''}a key in several places")
        _print_columns(("key", "what it is"), [(entry.name, entry.doc) for entry in short], printer)
        printer.print(f"\n`rlve-dsl explain {short[0].name}` says more about one of them.")


def _print_entry(entry: Entry, printer: Console) -> None:
    owner = f"brought by {entry.owner}" if entry.owner else ""
    printer.print(f"[bold]{escape(entry.name)}[/] · {entry.sort}{f' · {escape(owner)}' if owner else ''}")
    for form in entry.written:
        printer.print(f"  {escape(form)}" + (f" → {escape(entry.gives)}" if entry.gives else ""))
    if entry.gives and not entry.written:
        printer.print(f"  type: {escape(entry.gives)}")
    for text in filter(None, (entry.doc, *entry.notes)):
        printer.print(f"  {escape(text)}")
    if entry.parts:
        printer.print()
        _print_columns(*_parts(entry), printer)
    if entry.example:
        printer.print(f"\n  example, from {escape(entry.example_file)}:\n")
        printer.print("\n".join(f"    {escape(line)}" for line in entry.example.splitlines()))
    printer.print()


def _parts(entry: Entry) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The headings and the rows of an entry's parts; a column with nothing in it is left out."""
    headings = (
        entry.parts_are.removesuffix("s"),
        "takes" if entry.parts_are == "keys" else "type",
        "default",
        "what it is",
    )
    rows = [(f"{part.name}{'' if part.needed else '?'}", part.type, part.default, part.doc) for part in entry.parts]
    kept = [column for column in range(4) if any(row[column] for row in rows)]
    return [headings[column] for column in kept], [[row[column] for column in kept] for row in rows]


def _print_columns(headings: Sequence[str], rows: Sequence[Sequence[str]], printer: Console) -> None:
    """Print rows in columns. Nothing is cut and no line is broken, so that a name can be copied and searched for."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for row in (headings, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        printer.print(f"  {escape(line)}", style="bold" if row is headings else None)
