"""Environments of a collection that are compiled one at a time, each when it is first played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlve_dsl import files
from rlve_dsl.compiler.task import Task
from rlve_dsl.compiler.task_compiler import TaskCompiler


class CompiledLater(Mapping[str, Task]):
    """Environments by name, each compiled when it is first asked for. Their files are known to have no errors.

    Raises:
        ScenarioError: When a file has errors after all, as soon as its environment is asked for.
    """

    def __init__(self, references: Mapping[str, files.Reference], compiler: TaskCompiler) -> None:
        self._references = references
        self._compiler = compiler

    def __getitem__(self, name: str) -> Task:
        task, _ = self._compiler.task(self._references[name])
        if task is None:
            self._compiler.loader.finish()  # raises the errors
            raise KeyError(name)
        return task

    def __iter__(self) -> Iterator[str]:
        return iter(self._references)

    def __len__(self) -> int:
        return len(self._references)


def compiled_later(
    references: Sequence[files.Reference], compiler: TaskCompiler
) -> tuple[CompiledLater, Sequence[str]] | None:
    """Environments that are compiled when they are played, and the digests of all that they are made from.

    Returns:
        None where a file has errors, two have one name, or one is made from more than files: data, or fixed tasks.
    """
    named: dict[str, files.Reference] = {}
    digests = list(compiler.digests)
    for reference in references:
        read = compiler.loader.read_environment(reference.path, reference.span)
        digest = compiler.digest_of_files(reference)
        if read is None or digest is None or read[0].name.text in named:
            return None
        named[read[0].name.text] = reference
        digests.append(digest)
    return CompiledLater(named, compiler), digests
