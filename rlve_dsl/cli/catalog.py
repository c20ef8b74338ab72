"""`rlve-dsl catalog`: build a catalog into a folder, and look into one that was built."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rlve_dsl import catalog, files
from rlve_dsl.catalog import Catalog, Filter, FilterError, Op, UnknownField, WrongValue, either_of
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.compiler import Loader, check_part, load_any
from rlve_dsl.diagnostics import Span, did_you_mean
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import DAYS, MONEY
from rlve_dsl.packaged import path_of
from rlve_dsl.rng import Stream
from rlve_dsl.terminal import bars, print_fitting
from rlve_dsl.values import Json, JsonObject

_OPS: Mapping[str, Op] = {"=": "is", ">=": "at_least", "<=": "at_most"}
_FROM = "--from"
_COMPARISON = re.compile("!=|==|=>|=<|<>|~=|>=|<=|=|<|>")  # also what other languages write
_SHOWN = ("id", "title", "brand", "kind", "price", "rating", "reviews", "ships_in", "in_stock", "attributes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, run: Callable[[argparse.Namespace], int], help: str, what: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=help, description=help, allow_abbrev=False)
        if what == "DIR":
            sub.add_argument("path", metavar=what, type=Path, help="a built catalog")
        else:
            sub.add_argument(
                "path", metavar=what, type=lambda text: Path(path_of(text, ("Catalog",))), help="a Catalog file"
            )
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(act=run)
        return sub

    build = action("build", _build, "Build a catalog into a folder.", "CATALOG.yaml")
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make; it must not exist")
    build.add_argument("--size", type=int, metavar="N", help="how many products, in place of the file's `size`")
    build.add_argument(_FROM, dest="rows", metavar="PATH", help="where rows come from, in place of the file's `from`")
    build.add_argument(
        "--backend", choices=list(catalog.BACKENDS), default=next(iter(catalog.BACKENDS)),
        help="what embeds the products: this machine with all its GPUs, or a cluster",
    )  # fmt: skip
    build.add_argument("--resume", action="store_true", help="carry on a build that was interrupted")
    search = action("search", _search, "Search a built catalog.", "DIR")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("--top-k", type=int, default=10, metavar="K")
    sample = action("sample", _sample, "Show some products of a built catalog, drawn at random.", "DIR")
    sample.add_argument("--count", type=int, default=10, metavar="N")
    sample.add_argument("--seed", type=int, default=0, metavar="N")
    for sub in (build, search, sample):
        add_plugins(sub)
    for sub in (search, sample):
        sub.add_argument(
            "--filter", action="append", default=[], metavar="FIELD=VALUE",
            help="a condition: field=value, field>=number or field<=number; all must hold",
        )  # fmt: skip
    action("info", _info, "Show what a built catalog holds.", "DIR")
    action("verify", _verify, "Read every file of a built catalog and compare digests.", "DIR")


def run(arguments: argparse.Namespace) -> int:
    """0; a ScenarioError when something cannot be built or opened."""
    act: Callable[[argparse.Namespace], int] = arguments.act
    return act(arguments)


def _build(arguments: argparse.Namespace) -> int:
    registry = registry_of(arguments)
    loader = Loader(registry)
    declared = load_any(arguments.path, loader)
    if isinstance(declared, files.Catalog):
        if arguments.size is not None:
            if arguments.size < 1:
                raise UsageError("--size is a whole number from 1 up")
            declared = replace(declared, size=arguments.size)
        if arguments.rows is not None:
            if declared.rows is None:
                raise UsageError(f"--from is for catalogs with `rows`, and `{arguments.path}` has none")
            loader.sources[_FROM] = arguments.rows  # what is wrong with it is shown there
            span = Span(_FROM, 1, 1, 1, len(arguments.rows) + 1)
            place = files.Location(arguments.rows, arguments.rows, span)
            declared = replace(declared, rows=replace(declared.rows, place=place))
        check_part(declared, str(arguments.path), loader)
    elif declared is not None:
        loader.diagnostics.error(
            "R217",
            f"`{arguments.path}` is of kind {type(declared).__name__}, and Catalog is wanted here",
            declared.span,
        )
    loader.finish()
    assert isinstance(declared, files.Catalog)
    chosen, seen = {}, registry.view(declared.plugins)
    if declared.embedder is not None:
        chosen["embedder"] = catalog.embedder_named(declared.embedder.text, seen.embedders)
    source = seen.sources[declared.source.text]
    try:
        with bars() as progress:
            built = catalog.build(
                declared,
                source,
                arguments.out,
                progress,
                size=arguments.size,
                backend=catalog.BACKENDS[arguments.backend],
                resume=arguments.resume,
                **chosen,
            )
    except ScenarioError as problems:
        raise ScenarioError(problems.diagnostics, {**loader.sources, **problems.sources}) from None
    except KeyboardInterrupt:
        print("interrupted: the same command with --resume carries on", file=sys.stderr)
        raise
    _describe(arguments, built)
    return 0


def _info(arguments: argparse.Namespace) -> int:
    _describe(arguments, catalog.manifest_of(arguments.path))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    with bars() as progress:
        built = catalog.verify(arguments.path, progress)
    built_files = built.content["files"]
    if arguments.json:
        print(
            json.dumps({"path": str(arguments.path), "files": len(built_files), "digest": built.digest, "sound": True})
        )
    else:
        size = sum(f["bytes"] for f in built_files.values())
        print(f"{arguments.path}: {len(built_files)} files, {_bytes(size)}, as built")
    return 0


def _search(arguments: argparse.Namespace) -> int:
    if arguments.top_k < 1:
        raise UsageError("--top-k is a whole number from 1 up")
    opened, rows = _opened(arguments)
    hits = opened.search(arguments.query, rows, arguments.top_k)
    total = opened.size if rows is None else len(rows)
    _show(arguments, opened, hits.rows.tolist(), total, hits.match.tolist())
    return 0


def _sample(arguments: argparse.Namespace) -> int:
    if arguments.count < 1:
        raise UsageError("--count is a whole number from 1 up")
    opened, passing = _opened(arguments)
    rows = range(opened.size) if passing is None else passing
    stream, seen = Stream("catalog sample", arguments.seed), dict[int, None]()
    while len(seen) < min(arguments.count, len(rows)):
        seen[int(rows[stream.integer(0, len(rows) - 1)])] = None
    _show(arguments, opened, list(seen), len(rows), None)
    return 0


def _opened(arguments: argparse.Namespace) -> tuple[Catalog, NDArray[np.int64] | None]:
    """The catalog and the rows that pass the filters; None when there is no filter."""
    opened = catalog.open_catalog(arguments.path, registry_of(arguments).embedders)
    filters = [_filter(text, opened) for text in arguments.filter]
    return opened, opened.filter(filters) if filters else None


def _filter(text: str, opened: Catalog) -> Filter:
    """The filter that a text such as `price<=25` means; its value is a number, a truth value or a text, as the field takes it."""
    found = _COMPARISON.search(text)
    if found is None:
        raise UsageError(f"--filter `{text}` is not written like field=value, field>=number or field<=number")
    field, sign, given = text[: found.start()].strip(), found[0], text[found.end() :].strip()
    if sign not in _OPS:
        raise UsageError(f"--filter `{text}`: `{sign}` compares nothing; there are {either_of([*_OPS])}")
    refused: UsageError | None = None
    for value in _readings(field, given):
        made: Filter = {"field": field, "op": _OPS[sign], "value": value}
        try:
            return opened.read_filter(made)
        except UnknownField as unknown:
            near = did_you_mean(field, unknown.known) or f"there are: {', '.join(unknown.known)}"
            raise UsageError(f"there is no field `{field}`; {near}") from None
        except WrongValue as wrong:
            takes = either_of([s for s, op in _OPS.items() if op in wrong.ops])
            problem = UsageError(f"`{wrong.field}` takes {takes} and {wrong.values}, not `{sign}{given}`")
            if made["op"] not in wrong.ops:
                raise problem from None
            refused = refused or problem
        except FilterError as unknown:
            refused = UsageError(str(unknown))
    assert refused is not None
    raise refused


def _readings(field: str, given: str) -> Iterator[float | bool | str]:
    """What a value can mean, the most likely first."""
    bare = given.removeprefix("$") if field == "price" else given
    try:
        number = float(bare)
        if field == "price":
            yield round(number * 100)
        else:
            yield int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        pass
    if given.lower() in ("true", "false", "yes", "no"):
        yield given.lower() in ("true", "yes")
    yield given


# Showing ------------------------------------------------------------------------------------------------------------


def _show(
    arguments: argparse.Namespace, opened: Catalog, rows: Sequence[int], total: int, match: list[int] | None
) -> None:
    products = [opened.product(row) for row in rows]
    if arguments.json:
        listed: list[Json] = []
        for place, product in enumerate(products):
            fields: JsonObject = {name: product[name] for name in _SHOWN}
            fields["price"] = product["price"] / 100 if product["has_price"] else None
            listed.append(fields if match is None else {**fields, "match": match[place]})
        print(json.dumps({"total": total, "products": listed}, ensure_ascii=False, indent=2))
        return
    headings = [*(["match"] if match is not None else []), "id", "title", "brand", "price", "rating", "ships", ""]
    lines = []
    for place, product in enumerate(products):
        cells = [
            product["id"],
            product["title"],
            product["brand"],
            show(product["price"], MONEY) if product["has_price"] else "no price",
            f"{product['rating']:.1f} ({product['reviews']})" if product["rating"] else "unrated",
            show(product["ships_in"], DAYS),
            "" if product["in_stock"] else "out of stock",
        ]
        lines.append(cells if match is None else [str(match[place]), *cells])
    print_fitting(headings, lines, elastic="title", right=("match", "price"))
    print(f"{len(rows)} of {total:,} products")


def _describe(arguments: argparse.Namespace, built: catalog.Built) -> None:
    content = built.content
    if arguments.json:
        shown = {key: content[key] for key in content if key != "files"}
        shown["bytes"] = sum(f["bytes"] for f in content["files"].values())
        print(json.dumps({"path": str(built.folder), **shown}, ensure_ascii=False, indent=2))
        return
    embedder = content["index"].get("embedder", content["embedder"])
    named = f"{embedder['name']}, {embedder['dimensions']} dimensions" if isinstance(embedder, dict) else embedder
    lines = [
        ("catalog", f"{content['name']} in {built.folder}"),
        ("products", f"{content['size']:,}"),
        ("embedder", named),
        ("on disk", _bytes(sum(f["bytes"] for f in content["files"].values()))),
        ("digest", built.digest),
        *((name.replace("_", " "), _in_words(value)) for name, value in content["facts"].items()),
    ]
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        first, *more = text.splitlines() or [""]
        print("\n".join([f"{name:{width}}  {first}", *(" " * (width + 2) + line for line in more)]))


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        reasons = any(" " in name for name in value)
        parts = [
            f"{name} {_in_words(of)}" if not reasons else f"{_in_words(of)} × {name}" for name, of in value.items()
        ]
        return ("\n" if reasons else ", ").join(parts) or "none"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
