"""The pages of `docs/reference/`: one page for each sort of thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl import files
from rlve_dsl.plugins import Registry
from rlve_dsl.reference.entries import Entry
from rlve_dsl.reference.everything import entries
from rlve_dsl.reference.examples import with_example

_PAGES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "functions.md": ("Functions", ("function",), "Every expression may call these."),
    "measures.md": ("Measures", ("measure",), "Functions that judge an outcome: measures, rewards and `correct_when` may call them."),
    "samplers.md": ("Samplers", ("sampler",), "A step of a world or of a persona draws a value with one of these."),
    "tools.md": ("Tools", ("tool",), "The built-in tools that an agent may call. A domain declares others."),
    "entities.md": ("Entities", ("entity",), "What tools and events of the built-in store create and change. A domain declares others."),
    "events.md": ("Events", ("event",), "What can happen by itself: `events:` of an environment."),
    "noises.md": (
        "Noises and disturbances", ("noise", "disturbance"), "What changes the words of the user, and what may go wrong with calls of tools.",
    ),
    "acts.md": ("Acts", ("act",), "What a user does by speaking. `acts:` of a User file holds phrases for them."),
    "records.md": ("Records", ("record",), "What the fields of values are. A field is read as `order.status`."),
    "types.md": ("Types", ("type",), "The words for types: of answers, and of fields and arguments of a domain."),
    "names.md": ("Names", ("name",), "The names that the language itself gives to things."),
}  # fmt: skip
BAR = "\\|"  # a bar inside a cell
_HEAD = "`?` marks what may be left out; after a type it says that the value may be unknown. `make generated` writes this page."


def pages(known: Registry) -> dict[str, str]:
    """The text of every page, by the name of its file."""
    every = entries(known)
    made = {
        name: _page(title, says, [e for e in every if e.sort in sorts]) for name, (title, sorts, says) in _PAGES.items()
    }
    for kind in files.KINDS:
        # other keys are rows in the table of the key above them
        own = [
            e for e in every if e.name == kind or (e.name.startswith(f"{kind.lower()}.") and e.parts and not e.same_as)
        ]
        made[f"{kind.lower()}.md"] = _page(f"Keys of {kind}", "What a file of this kind holds, key by key.", own)
    return {"README.md": _contents(), **made}


def _contents() -> str:
    lines = [f"- [{title}]({name}): {says[0].lower()}{says[1:]}" for name, (title, _, says) in _PAGES.items()]
    kinds = ", ".join(f"[{kind}]({kind.lower()}.md)" for kind in files.KINDS)
    return "\n".join([
        "# Reference", "",
        "What you can write in scenario files. `rlve-dsl explain NAME` prints the same about one name, and about the names of a",
        "scenario with its path: `rlve-dsl explain scenarios/examples/clinic/clinic.yaml slot`.", "",
        *lines, f"- The keys of files: {kinds}.", "",
    ])  # fmt: skip


def _page(title: str, says: str, own: Sequence[Entry]) -> str:
    return "\n\n".join([f"# {title}", f"{says} {_HEAD}", *(_section(with_example(entry)) for entry in own)]) + "\n"


def _section(entry: Entry) -> str:
    blocks = [f"## {entry.name}"]
    if entry.written:
        gives = f" → {entry.gives}" if entry.gives else ""
        blocks.append("  \n".join(f"`{form}`{gives}" for form in entry.written))
    elif entry.gives:
        blocks.append(f"Its type is {entry.gives}.")
    blocks += [text for text in (entry.doc, " ".join(entry.notes)) if text]
    if entry.parts:
        blocks.append(_table(entry))
    if entry.example:
        blocks.append(f"```yaml\n# {entry.example_file}\n{entry.example}\n```")
    return "\n\n".join(blocks)


def _table(entry: Entry) -> str:
    headings = (
        entry.parts_are.removesuffix("s"),
        "takes" if entry.parts_are == "keys" else "type",
        "default",
        "what it is",
    )
    rows = [
        (f"`{part.name}`{'' if part.needed else '?'}", part.type, part.default and f"`{part.default}`", part.doc)
        for part in entry.parts
    ]
    kept = [column for column in range(4) if any(row[column] for row in rows)]
    lines = [[headings[c] for c in kept], ["---"] * len(kept), *([row[c] for c in kept] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)
