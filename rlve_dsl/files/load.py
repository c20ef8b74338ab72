"""From a path to a typed spec, or to all problems at once: read, compose, extend, check, build."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from rlve_dsl.diagnostics import MOST_SHOWN, Diagnostic, Diagnostics, Related, Span, did_you_mean
from rlve_dsl.errors import ScenarioError, system_reason
from rlve_dsl.expressions import Signature
from rlve_dsl.expressions.types import NOTHING
from rlve_dsl.files.kinds import FILES, Kind
from rlve_dsl.files.regular import read_regular
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.paths import nearest_file, path_in
from rlve_dsl.files.shapes.plugin_uses import plugin_uses
from rlve_dsl.files.shapes.vocabulary import ANYTHING, Vocabulary
from rlve_dsl.files.shapes.words import WORD
from rlve_dsl.files.yaml_tree.compose import compose
from rlve_dsl.files.yaml_tree.extends import merge
from rlve_dsl.files.yaml_tree.nodes import MapNode, ScalarNode, content, described, is_empty
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.frozen import frozen

KINDS: tuple[str, ...] = tuple(FILES)
LONGEST_CHAIN = 100
"""Files that a file extends, one after the other."""

_NO_SIGNATURE = Signature((), NOTHING)  # the file reader needs names only


@frozen
class Loaded:
    """A file as read: its spec, the text of each file that it was read from, a digest of its content, its warnings.

    Two files with the same content after `extends` have the same digest; comments, quotes and layout do not count. `content` is
    what the digest is made of, as JSON.
    """

    spec: Kind
    kind: str
    path: str
    sources: Mapping[str, str]
    digest: str
    warnings: tuple[Diagnostic, ...] = ()
    content: str = field(default="", repr=False)


def load(path: str | os.PathLike[str], vocabulary: Vocabulary = ANYTHING) -> Loaded:
    """Read and check a file, with the files that it extends.

    Args:
        path: The file; spans and messages name it in these terms.
        vocabulary: The names that the file may use; by default any name may stand.

    Raises:
        ScenarioError: With all its problems; a missing file is one.
    """
    file = os.fspath(path).replace(os.sep, "/")
    work = _Work(vocabulary, files=True)
    text = work.read(file, None)
    return work.finish(file, text)


def load_text(text: str, file: str, vocabulary: Vocabulary = ANYTHING) -> Loaded:
    """As `load`, for a text in the place of `file`. Files that it names may be missing, except those that it extends."""
    return _Work(vocabulary, files=False).finish(file, text)


@dataclass(slots=True)
class _Work:
    """One load: the files read so far, and the problems found in them."""

    vocabulary: Vocabulary
    files: bool
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    sources: dict[str, SourceText] = field(default_factory=dict)
    broken: bool = False  # a file that this one extends could not be read

    def finish(self, file: str, text: str | None) -> Loaded:
        """The file as read; raises ScenarioError if it has errors."""
        root = None if text is None else self.tree(file, text, ())
        kind = self.kind_of(root) if root is not None else None
        spec: Kind | None = None
        if root is not None and kind is not None:
            found = Diagnostics()
            reader = FileReader(
                found, self.vocabulary_of(root), self.sources,
                partial=self.broken, files_must_exist=self.files, extended=len(self.sources) > 1,
            )  # fmt: skip
            spec = FILES[kind].read(root, reader, None)
            # where YAML itself is wrong, a second diagnostic about what stands there would confuse
            reported = {_place(d) for d in self.diagnostics.items}
            self.diagnostics.extend(d for d in found.items if _place(d) not in reported)
        sources = {name: source.text for name, source in self.sources.items()}
        problems = self.ordered()
        if root is None or kind is None or spec is None or self.diagnostics.errors:
            raise ScenarioError(problems, sources)
        whole = json.dumps([kind, content(root)], ensure_ascii=False)
        digest = hashlib.sha256(whole.encode()).hexdigest()
        return Loaded(spec, kind, file, sources, digest, tuple(problems), whole)

    def vocabulary_of(self, root: MapNode) -> Vocabulary:
        """The names that a file may use: those of the plugins that it lists, and the tools of the domain that it names."""
        seen_with = self.vocabulary.seen_with
        seen = seen_with(plugin_uses(root)) if seen_with is not None else self.vocabulary
        named, known = root.values.get("domain"), seen.tools
        if not isinstance(named, ScalarNode) or known is None:
            return seen
        path = path_in(named, Diagnostics())  # the reader of the key reports what is wrong with it
        tools = tools_of_domain(path) if path is not None else None
        # where the domain cannot be read, that is what is wrong, and any tool may stand
        return replace(seen, tools=None if tools is None else {**known, **dict.fromkeys(tools, _NO_SIGNATURE)})

    def ordered(self) -> list[Diagnostic]:
        """The problems in the order of the text: first those of the file, then those of files that it extends."""
        order = {name: place for place, name in enumerate(self.sources)}

        def key(found: Diagnostic) -> tuple[int, int, int]:
            span = found.span
            return (-1, 0, 0) if span is None else (order.get(span.file, len(order)), span.line, span.column)

        return sorted(self.diagnostics.items, key=key)

    def read(self, file: str, named: ScalarNode | None) -> str | None:
        """The text of a file, or None after an error at `named`, the place that names the file."""
        span = named.span if named else None
        try:
            return read_regular(file).decode("utf-8-sig")
        except FileNotFoundError:
            label = nearest_file(file, named.text if named else file)
            self.diagnostics.error("S101", f"there is no file `{file}`", span, label=label)
        except IsADirectoryError:
            self.diagnostics.error("S101", f"`{file}` is a folder, not a file", span)
        except UnicodeDecodeError as problem:
            self.diagnostics.error(
                "S102",
                f"`{file}` is not UTF-8 text",
                span,
                help=f"byte {problem.start + 1} cannot be read; save the file as UTF-8",
            )
        except (OSError, ValueError) as problem:
            reason = system_reason(problem) if isinstance(problem, OSError) else "this is not a path"
            self.diagnostics.error("S101", f"`{file}` cannot be read: {reason}", span)
        return None

    def tree(self, file: str, text: str, chain: tuple[str, ...]) -> MapNode | None:
        """The root of a file, laid over what it extends, without the key `extends`."""
        source = self.sources[file] = SourceText(file, text)
        root = compose(source, self.diagnostics)
        if root is None:
            return None
        if not isinstance(root, MapNode):
            self.diagnostics.error("S105", f"a file is a mapping with a `kind`, found {described(root)}", root.span)
            return None
        if "extends" not in root.values:
            return root
        named = root.values["extends"]
        own = MapNode(
            {name: word for name, word in root.keys.items() if name != "extends"},
            {name: value for name, value in root.values.items() if name != "extends"},
            root.span,
            root.flow,
        )
        base = self.base(file, root, named, (*chain, os.path.normpath(file)))
        if base is None:
            self.broken = True
            return own
        merged = merge(base, own)
        return merged if isinstance(merged, MapNode) else own

    def base(self, file: str, root: MapNode, named: object, chain: tuple[str, ...]) -> MapNode | None:
        """The root of the file that a file extends, or None after an error."""
        word = root.keys["extends"]
        if not isinstance(named, ScalarNode) or is_empty(named):
            self.diagnostics.error("S105", "`extends` takes the path of a file of the same kind", word.span)
            return None
        path = path_in(named, self.diagnostics)
        if path is None:
            return None
        if path in chain:
            way = " → ".join(f"`{step}`" for step in (*chain[chain.index(path) :], path))
            self.diagnostics.error("S116", f"`extends` goes in a circle: {way}", named.span)
            return None
        if len(chain) > LONGEST_CHAIN:
            self.diagnostics.error(
                "S116", f"`extends` goes through more than {LONGEST_CHAIN} files, one after the other", named.span,
                help="let a file extend one that holds more itself",
            )  # fmt: skip
            return None
        text = self.read(path, named)
        base = None if text is None else self.tree(path, text, chain)
        if base is None:
            return None
        own, other = root.values.get("kind"), base.values.get("kind")
        if isinstance(own, ScalarNode) and isinstance(other, ScalarNode) and own.text != other.text:
            self.diagnostics.error(
                "S117", f"a file of kind `{own.text}` cannot extend one of kind `{other.text}`", named.span,
                related=(Related(other.span, "its kind"),),
            )  # fmt: skip
            return None
        return base

    def kind_of(self, root: MapNode) -> str | None:
        """The kind of a file, or None after an error."""
        node = root.values.get("kind")
        if node is None:
            first = next(iter(root.keys.values()), None)
            near = next((name for name in islice(root.keys, MOST_SHOWN) if did_you_mean(name, ["kind"])), None)
            span = root.keys[near].span if near else first.span if first else Span(root.span.file, 1, 1, 1, 2)
            label = "did you mean `kind`?" if near else ""
            self.diagnostics.error(
                "S115", "the file does not say its `kind`", span, label=label, help=f"a kind is one of: {_listed()}"
            )
            return None
        if not isinstance(node, ScalarNode) or node.text not in FILES:
            given = node.text if isinstance(node, ScalarNode) else ""
            by_case = {name.lower(): name for name in FILES}
            near = by_case.get(given.lower())
            label = f"did you mean `{near}`?" if near else did_you_mean(given, FILES)
            self.diagnostics.error(
                "S115", f"unknown kind {described(node)}", node.span if given else root.keys["kind"].span,
                label=label, help=f"a kind is one of: {_listed()}",
            )  # fmt: skip
            return None
        return node.text


def tools_of_domain(path: str) -> tuple[str, ...] | None:
    """The full names of the tools of a Domain file; None when it cannot be read."""
    work = _Work(ANYTHING, files=False)
    text = work.read(path, None)
    root = None if text is None else work.tree(path, text, ())
    name, tools = (root.values.get("name"), root.values.get("tools")) if root is not None else (None, None)
    if not isinstance(name, ScalarNode) or not isinstance(tools, MapNode) or not re.fullmatch(WORD, name.text):
        return None
    return tuple(tool if "." in tool else f"{name.text}.{tool}" for tool in tools.values)


def _place(found: Diagnostic) -> tuple[str, int, int]:
    return ("", 0, 0) if found.span is None else (found.span.file, found.span.line, found.span.column)


def _listed() -> str:
    return ", ".join(FILES)
