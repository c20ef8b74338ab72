"""Write docs/functions.md from the registry: `python docs/write_functions.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rlve_dsl.plugins import registry


def signature(primitive: Any, signature: Any) -> str:
    """``name(a, b?) → type``."""
    parameters = ", ".join(f"{p.name}{'' if p.required else '…' if p.variadic else '?'}" for p in signature.parameters)
    return f"`{primitive.name}({parameters})` → {signature.result}"


def page() -> str:
    """The whole page."""
    known = registry()
    parts = [
        "# Functions, samplers, tools",
        "What the built-in plugin brings, from the primitives' own signatures and docstrings. `?` marks what may be left out.",
    ]
    sections = (("Functions", known.functions), ("Measures", known.measures))
    for title, functions in sections:
        parts.append(f"## {title}")
        for function in functions.values():
            forms = "; ".join(signature(function, s) for s in function.signatures)
            parts.append(f"- {forms}  \n  {' '.join(function.doc.split())}")
    for title, primitives in (("Samplers", known.samplers), ("Tools", known.tools), ("Events", known.events)):
        parts.append(f"## {title}")
        parts += [f"- {signature(p, p.signature)}  \n  {' '.join(p.doc.split())}" for p in primitives.values()]
    parts.append("## Acts")
    parts += [f"- `{act.name}`  \n  {' '.join(act.doc.split())}" for act in known.acts.values()]
    return "\n\n".join(parts).replace("\n\n- ", "\n- ").replace("\n- ", "\n\n- ", 1) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("functions.md").write_text(page(), encoding="utf-8")
