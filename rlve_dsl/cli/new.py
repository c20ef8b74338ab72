"""`rlve-dsl new`: a first version of an environment, of a domain, or of a plugin, that validates and can be played."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.new_plugin import begin_plugin
from rlve_dsl.compiler import STANDARD
from rlve_dsl.english import listed
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.packaged import OWN, PREFIX
from rlve_dsl.writing import write_atomically

# For each thing that can be begun, its files: the template, the kind, and the end of the file's name. The collection comes last.
_FILES = {
    "environment": (("environment", "environment", ""), ("collection", "collection", "-collection")),
    "domain": (
        ("domain", "domain", ""),
        ("domain_policy", "policy", "-policy"),
        ("domain_environment", "environment", "-lending"),
        ("domain_collection", "collection", "-collection"),
    ),
}

_PLUGIN = "plugin"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("what", choices=[*_FILES, _PLUGIN], help="what to begin")
    parser.add_argument("name", metavar="NAME", help=files.FILE_WORD_RULE)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where it goes (here; a plugin goes into a folder of its name)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when all files are written; a usage error, and nothing written, when they cannot be."""
    if not re.fullmatch(files.FILE_WORD, arguments.name):
        raise UsageError(f"`{arguments.name}` is no name: {files.FILE_WORD_RULE}")
    out = arguments.out or Path(arguments.name if arguments.what == _PLUGIN else ".")
    if out.exists() and not out.is_dir():
        raise UsageError(f"`{out}` is no folder")
    begun = begin_plugin(arguments.name) if arguments.what == _PLUGIN else begin(arguments.name, out, arguments.what)
    texts = {out / name: text for name, text in begun.items()}
    write(texts)
    if arguments.what == _PLUGIN:
        print(f"wrote a package into {out}; now: cd {out} && pip install --editable '.[dev]' && pytest")
        return 0
    *_, collection = texts
    print(f"wrote {listed([*map(str, texts)])}; now: rlve-dsl run {collection} --agent oracle")
    return 0


def begin(name: str, out: Path, what: str = "environment") -> dict[str, str]:
    """The texts of a new environment, or of a domain with one, and their collection for the folder `out`, by file name.

    Raises:
        UsageError: When the name means something else in YAML.
    """
    parts = shared_parts(out)
    title = re.sub(r"[_-]+", " ", name).strip().capitalize()
    made = {}
    for template, kind, end in _FILES[what]:
        file = f"{name}{end}.yaml"
        text = (resources.files("rlve_dsl.cli") / "templates" / f"{template}.yaml").read_text(encoding="utf-8")
        for word, value in (
            ("NAME", name),
            ("DOMAIN", name.replace("-", "_")),
            ("TITLE", title),
            ("PARTS", _relative(parts, out) if parts else f"{PREFIX}{OWN}"),
        ):
            text = re.sub(rf"\b{word}\b", lambda _, value=value: value, text)  # type: ignore[misc]
        made[file] = (_modeline(kind, parts, out) if parts else "") + text
        try:
            files.load_text(made[file], file)
        except ScenarioError:
            raise UsageError(f"`{name}` is no name: YAML reads it as something else") from None
    return made


def shared_parts(out: Path) -> Path | None:
    """The nearest folder at or above `out`, or a folder `scenarios` in one of them, that holds the standard parts.

    None where there is none; the packaged parts serve then.
    """
    above = Path(os.path.realpath(out))  # unlike `resolve`, it takes a circle of links
    for folder in (place for near in (above, *above.parents) for place in (near, near / "scenarios")):
        if all((folder / part).is_file() for part in STANDARD.values()):
            return folder
    return None


def write(texts: Mapping[Path, str]) -> None:
    """Write all of the files or none.

    Raises:
        UsageError: When one exists already.
        OSError: When one cannot be written.
    """
    for path in texts:
        if os.path.lexists(path):
            raise UsageError(f"`{path}` is there already")
    written: list[Path] = []
    try:
        for path, text in texts.items():
            write_atomically(path, text)
            written.append(path)
    except OSError:
        for other in written:
            other.unlink(missing_ok=True)
        raise


def _modeline(kind: str, parts: Path, out: Path) -> str:
    schema = parts.parent / "schemas" / f"{kind}.schema.json"
    return f"# yaml-language-server: $schema={_relative(schema, out)}\n" if schema.is_file() else ""


def _relative(target: Path, out: Path) -> str:
    return Path(os.path.relpath(target, os.path.realpath(out))).as_posix()
