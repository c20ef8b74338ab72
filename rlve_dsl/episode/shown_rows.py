"""Rows that a tool has shown before are told by what has changed, so that a conversation says nothing twice."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.values import Json, JsonObject, Value
from rlve_dsl.world import Tool


class ShownRows:
    """What a tool's results so far have shown of each row, as JSON data.

    Args:
        before: What earlier results had shown.
        tool: The tool, which has `rows`.
        returned: Its latest result.
    """

    __slots__ = ("_before", "_known", "_returned", "_tool")

    def __init__(self, before: ShownRows | None, tool: Tool, returned: Value) -> None:
        self._before = before
        self._tool = tool
        self._returned = returned
        self._known: Mapping[str, JsonObject] | None = None

    @property
    def known(self) -> Mapping[str, JsonObject]:
        """The fields that were shown of each row, by its id. They are put together when they are first read."""
        chain = [self]
        while chain[-1]._known is None and (before := chain[-1]._before) is not None:
            chain.append(before)
        known: dict[str, JsonObject] = dict(chain[-1]._known or {})
        for shown in reversed(chain):
            if shown._known is None:
                for id_, row in shown._rows():
                    known[id_] = {**known.get(id_, {}), **row}
        self._known, self._before = known, None
        return known

    def _rows(self) -> list[tuple[str, JsonObject]]:
        return [(str(row[_id_of(self._tool)]), row) for row in _list_in(self._tool.encode(self._returned), self._tool)]


def without_repeats(content: Json, tool: Tool, before: ShownRows | None) -> Json:
    """Return a result as an agent reads it: each row that was shown before has its id and the fields that differ now."""
    if before is None or tool.rows is None:
        return content
    id_, known = _id_of(tool), before.known
    rows: list[Json] = []
    for row in _list_in(content, tool):
        shown = known.get(str(row[id_]))
        rows.append(
            row if shown is None else {name: v for name, v in row.items() if name == id_ or _is_news(name, v, shown)}
        )
    return {**content, tool.rows[0]: rows} if isinstance(content, dict) else rows


def _is_news(name: str, value: Json, shown: JsonObject) -> bool:
    return name not in shown or shown[name] != value


def _id_of(tool: Tool) -> str:
    assert tool.rows is not None
    return tool.rows[1]


def _list_in(content: Json, tool: Tool) -> list[JsonObject]:
    listed = content.get(tool.rows[0]) if isinstance(content, dict) and tool.rows is not None else content
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
