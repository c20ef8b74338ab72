"""Shapes of paths, and what a path in a file means."""

from __future__ import annotations

import os
from dataclasses import field

from rlve_dsl.diagnostics import Diagnostics, suggest
from rlve_dsl.errors import UsageError
from rlve_dsl.files.regular import problem_of
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import Location, Reference
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import is_packaged, packaged_path
from rlve_dsl.values import JsonObject


@frozen
class FilePath:
    """A path to another file: relative to the file that writes it, or of a package's file (`package:rlve_dsl/c8.yaml`)."""

    what: str
    folder: bool = field(default=False, kw_only=True)  # whether it may be a folder

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Reference | None:
        if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
            at.unexpected(f"the path of {self.what}", node, key)
            return None
        path = path_in(node, at)
        if path is None:
            return None
        there = os.path.isfile(path) or (self.folder and os.path.isdir(path))
        if at.files_must_exist and not there:
            at.error("S101", problem_of(path), node.span, label=nearest_file(path, node.text))
            return None
        return Reference(node.text, path, node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "title": f"the path of {self.what}"}


@frozen
class DataPath:
    """A path to data, which may be missing when a file is checked, or an address with a scheme."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Location | None:
        if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
            at.unexpected("the path of a file", node, key)
            return None
        path = node.text if "://" in node.text else path_in(node, at)
        return None if path is None else Location(node.text, path, node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "title": "the path of a file"}


def path_in(node: ScalarNode, diagnostics: Diagnostics | FileReader) -> str | None:
    """The file that a path in a file means, or None after an error: it names a package that brings no scenarios."""
    if not is_packaged(node.text):
        return beside(node.span.file, node.text)
    try:
        return packaged_path(node.text)
    except UsageError as problem:
        diagnostics.error("S101", str(problem), node.span)
        return None


def beside(file: str, path: str) -> str:
    """The path that `path` means in `file`, absolute or relative as `file` is.

    >>> beside("scenarios/deep/c8.yaml", "../c4.yaml")
    'scenarios/c4.yaml'
    """
    return os.path.normpath(os.path.join(os.path.dirname(file), path)).replace(os.sep, "/")


def nearest_file(path: str, text: str) -> str:
    """``did you mean `x`?`` for a file of nearly that name in the same folder, or an empty string."""
    try:
        there = sorted(name for name in os.listdir(os.path.dirname(path) or ".") if name.endswith((".yaml", ".yml")))
    except OSError:
        return ""
    folder, slash, name = text.rpartition("/")
    near = suggest(name, there)
    return f"did you mean `{folder}{slash}{near}`?" if near else ""
