"""Files of fixed tasks: one JSON object a line, read with the place of everything in it."""

from __future__ import annotations

from hashlib import sha256

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files.kinds.fixed_tasks import FixedTask
from rlve_dsl.files.regular import read_regular
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.records import shape_of
from rlve_dsl.files.shapes.vocabulary import ANYTHING, Vocabulary
from rlve_dsl.files.yaml_tree.json_lines import nodes_of_lines
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.frozen import frozen


@frozen
class LoadedTasks:
    """The tasks of a file in order, the text of the file, and what identifies it."""

    tasks: tuple[FixedTask, ...]
    text: str
    digest: str


def load_tasks(path: str, vocabulary: Vocabulary = ANYTHING) -> LoadedTasks:
    """The tasks of a file.

    Raises:
        ScenarioError: With all its problems.
    """
    found = Diagnostics()
    try:
        data = read_regular(path)
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as problem:
        found.error("S101", f"`{path}` cannot be read as UTF-8 text: {problem}", None)
        raise ScenarioError(found.items, {}) from None
    source = SourceText(path, text)
    reader = FileReader(found, vocabulary, {path: source})
    shape, tasks = shape_of(FixedTask), dict[str, FixedTask]()
    for node in nodes_of_lines(source, found):
        task = shape.read(node, reader, None)
        if task is not None and task.name.text in tasks:
            found.error("R219", f"there are two tasks `{task.name.text}`", task.name.span)
        elif task is not None:
            tasks[task.name.text] = task
    if not tasks and not found.errors:
        found.error("S112", "there is no task in this file", Span(path, 1, 1, 1, 2))
    if found.errors:
        raise ScenarioError(found.items, {path: text})
    return LoadedTasks(tuple(tasks.values()), text, sha256(data).hexdigest())
