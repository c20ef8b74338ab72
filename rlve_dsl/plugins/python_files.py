"""The module in a Python file that is given with `--plugin`: a file by itself, or one of a package."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.files import problem_of
from rlve_dsl.plugins.guard import quiet, reason_of

_PREFIX = "rlve_plugin_"


def plugin_module(path: str) -> ModuleType:
    """The module in a Python file that holds a plugin, imported in this process.

    Raises:
        PluginError: When it cannot be imported; the message names the file.
        UsageError: When there is no such file.
    """
    check_file(path)
    file = Path(path).resolve()
    name = _PREFIX + sha256(str(file).encode()).hexdigest()[:12]
    folder = package_of(file)
    if folder is not None:
        inside = file.parent.relative_to(folder.parent).parts
        name = ".".join((*inside, name))  # so that `from . import` works
        _make_importable(folder)
    described = importlib.util.spec_from_file_location(name, path)
    if described is None or described.loader is None:
        raise PluginError(f"`{path}` is no Python file")
    module = importlib.util.module_from_spec(described)
    sys.modules[name] = module  # where annotations look their names up
    try:
        with quiet(f"plugin `{path}`"):
            described.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        raise unloadable(path, problem) from problem
    return module


def check_file(path: str) -> None:
    """Raises UsageError when there is no Python file at a path."""
    if Path(path).is_dir():
        hooks = next((name for name in ("rlve.py", "__init__.py") if Path(path, name).is_file()), "rlve.py")
        raise UsageError(f"`{path}` is a folder: give the Python file with the hooks, such as `{Path(path, hooks)}`")
    if problem := problem_of(path):
        raise UsageError(problem)


def is_given(module: ModuleType) -> bool:
    """Whether `plugin_module` has imported a module."""
    return module.__name__.rpartition(".")[2].startswith(_PREFIX)


def package_of(file: Path) -> Path | None:
    """The folder of the outermost package that a file is part of; None for a file by itself."""
    found = None
    for folder in file.parents:
        if not (folder / "__init__.py").is_file():
            break
        found = folder
    return found


def digest_of(file: Path) -> str:
    """The SHA-256 of a Python file, or of all those of its package."""
    folder = package_of(file)
    if folder is None:
        return sha256(file.read_bytes()).hexdigest()
    parts = [
        f"{found.relative_to(folder).as_posix()} {sha256(found.read_bytes()).hexdigest()}"
        for found in sorted(folder.rglob("*.py"))
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def unloadable(name: str, problem: BaseException) -> PluginError:
    """The error that a plugin could not be imported."""
    return PluginError(f"plugin `{name}` could not be loaded: {reason_of(problem)}")


def _make_importable(folder: Path) -> None:
    """See to it that the name of a package means this folder, also where another version of it is installed."""
    known = sys.modules.get(folder.name)
    if known is not None and str(folder) not in map(_resolved, getattr(known, "__path__", ())):
        for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
            del sys.modules[name]
    if str(folder.parent) not in sys.path:
        sys.path.append(str(folder.parent))
    importlib.invalidate_caches()
    found = importlib.util.find_spec(folder.name)
    if found is None or str(folder) not in map(_resolved, found.submodule_search_locations or ()):
        sys.path.insert(0, str(folder.parent))


def _resolved(path: str) -> str:
    return str(Path(path).resolve())
