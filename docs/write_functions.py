"""Write docs/functions.md from the registry: `python docs/write_functions.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlve_dsl.expressions import Signature
from rlve_dsl.plugins import registry


def entry(name: str, signatures: Sequence[Signature], doc: str) -> str:
    """The list entry of a primitive: `name(a, b?) → type` for each signature, then its documentation."""
    forms = []
    for signature in signatures:
        marked = (f"{p.name}{'' if p.required else '…' if p.variadic else '?'}" for p in signature.parameters)
        forms.append(f"`{name}({', '.join(marked)})` → {signature.result}")
    return f"- {'; '.join(forms) or f'`{name}`'}  \n  {' '.join(doc.split())}"


def page() -> str:
    """The whole page."""
    known = registry()
    functions = {"Functions": known.functions, "Measures": known.measures}
    others = {"Samplers": known.samplers, "Tools": known.tools, "Events": known.events, "Noises": known.noises}
    sections = {
        **{title: [entry(p.name, p.signatures, p.doc) for p in named.values()] for title, named in functions.items()},
        **{title: [entry(p.name, [p.signature], p.doc) for p in named.values()] for title, named in others.items()},
        "Acts": [entry(act.name, [], act.doc) for act in known.acts.values()],
    }
    parts = [
        "# Functions, samplers, tools",
        "The built-in primitives, from their signatures and docstrings. `?` marks an argument that may be left out.",
    ]
    for title, entries in sections.items():
        parts += [f"## {title}", "\n".join(entries)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("functions.md").write_text(page(), encoding="utf-8")
