"""What `rlve-dsl explain` shows of a Domain file: its tables, its tools, and what the policy reads of a call."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl import files
from rlve_dsl.terminal import Console, escape


def show_domain(domain: files.Domain, printer: Console) -> None:
    """Print the tables with their fields, the tools with what they take, ask, change and give, and the bindings."""
    printer.rule(f"[bold]{escape(domain.name.text)}[/]", align="left")
    for name, part in (("agent", domain.agent), ("counterpart", domain.counterpart), ("place", domain.place)):
        if part is not None:
            printer.print(f"[bold]{name}[/]  {escape(part.text)}")
    for name, fields in domain.records.items():
        printer.print(f"\n[bold]record[/]   {name}: {escape(_fields(fields))}")
    for entity in domain.entities.values():
        table = entity.table.text if entity.table else f"{entity.name.text}s"
        source = f" · from {entity.data.file.text}" if entity.data else ""
        printer.print(f"\n[bold]{table}[/]  {entity.name.text}, by {entity.id.text}{escape(source)}")
        for field, type_ in entity.fields.items():
            printer.print(f"  {field}: {escape(type_.text)}")
        if entity.says is not None:
            printer.print(f"  people say: {escape(entity.says.text)}")
    for tool in domain.tools.values():
        _show_tool(domain.name.text, tool, printer)
    if domain.bind:
        printer.print("\n[bold]what the policy reads of a call[/]")
        for fact, text in domain.bind.items():
            printer.print(f"  {fact} = {escape(text.text)}")


def _show_tool(domain: str, tool: files.DeclaredTool, printer: Console) -> None:
    takes = ", ".join(f"{name}: {argument.type.text}" for name, argument in tool.takes.items())
    printer.print(f"\n[bold]{domain}.{tool.name.text}[/]({escape(takes)})")
    printer.print(f"  {escape(' '.join(tool.says.text.split()))}")
    for refusal in tool.refuse:
        printer.print(f"  refuses when {escape(refusal.when.text)}: {escape(refusal.says.text)}")
    for word, asked in (("allowed by", tool.allow), ("fee", tool.fee)):
        if asked is not None:
            printer.print(f"  {word} {asked.text}")
    for name, asked in tool.rulings.items():
        printer.print(f"  {name} is {asked.text}")
    for change in tool.does:
        printer.print(f"  changes {escape(_change(change))}")
    given = ", ".join(step.name.text for step in tool.gives.fields)
    printer.print(f"  gives {escape(given or 'a value' if tool.gives.value is None else _value(tool.gives.value))}")


def _change(change: files.Change) -> str:
    """An effect in a few words."""
    where = f", for each {change.loop.name.text} in {change.loop.over.text}" if change.loop is not None else ""
    when = f", if {change.condition.text}" if change.condition is not None else ""
    if change.way == "do":
        return "; ".join(_change(part) for part in change.do) + where + when
    what = f"a new {change.create.text}" if change.create is not None else f"{change.way} {change.target.text}"
    return what + where + when


def _value(step: files.Step) -> str:
    """A result in a few words."""
    made = step.value.text if step.value is not None else ", ".join(field.name.text for field in step.record)
    return f"for each {step.loop.name.text} in {step.loop.over.text}: {made}" if step.loop is not None else made


def _fields(fields: Mapping[str, files.Text]) -> str:
    return ", ".join(f"{name}: {type_.text}" for name, type_ in fields.items())
