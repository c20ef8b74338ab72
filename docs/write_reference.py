"""Write the pages of docs/reference/: `python docs/write_reference.py`."""

from __future__ import annotations

from pathlib import Path

from rlve_dsl.plugins import registry
from rlve_dsl.reference import pages

FOLDER = Path(__file__).with_name("reference")

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    made = pages(registry())
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
