"""Replies that are kept by the content of their requests: in memory, and in a file when there is one."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path

from rlve_dsl.errors import UsageError, system_reason
from rlve_dsl.files import LARGEST_DATA, check_regular, regular_lines
from rlve_dsl.writing import make_folder

_LONGEST = 1_000_000  # bytes of a line of the file
_BEGINS = b'{"request": '  # a file of replies
_ENTRY = 256  # bytes that an entry takes beside its text


class Replies:
    """The last replies of a model, up to a number of bytes in memory.

    Args:
        most_bytes: How much memory they may take. Those that were not used for longest go first.
        file: Where new replies are added, one JSON object on each line, and older ones are read from at the start. A line
            that is not whole, or longer than 1 MB, is passed over.

    Raises:
        UsageError: When the file cannot be read or written, is no regular file, has more than 200 MB, or holds something else.
    """

    def __init__(self, most_bytes: int, file: Path | None = None) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._file = file
        if file is not None:
            self._read(file)

    def get(self, key: str) -> str | None:
        """The reply to a request, or None."""
        reply = self._kept.get(key)
        if reply is not None:
            self._kept.move_to_end(key)
        return reply

    def keep(self, key: str, reply: str) -> None:
        """Keep the reply to a request. A file that cannot be written any more does not disturb the episode."""
        self._remember(key, reply)
        if self._file is not None:
            try:
                _append(self._file, json.dumps({"request": key, "reply": reply}) + "\n")
            except OSError:
                self._file = None

    def _remember(self, key: str, reply: str) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= _size(old)
        self._kept[key] = reply
        self._bytes += _size(reply)
        while self._bytes > self._most:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= _size(gone)

    def _read(self, file: Path) -> None:
        try:
            _append(file, "")
            for line in regular_lines(file, LARGEST_DATA, _LONGEST):
                if (entry := _entry(line.decode(errors="replace"))) is not None:
                    self._remember(*entry)
            with file.open("rb") as opened:
                if not _BEGINS.startswith(opened.read(len(_BEGINS))):
                    raise UsageError(
                        f"cannot keep replies in `{file}`: it holds something else; give a new file, or one that replies are kept in"
                    )
        except OSError as problem:
            raise UsageError(f"cannot keep replies in `{file}`: {system_reason(problem)}") from None


def _append(file: Path, text: str) -> None:
    make_folder(file.parent)
    if file.exists():
        check_regular(file)
    with file.open("a", encoding="utf-8") as out:
        out.write(text)


def _entry(line: str) -> tuple[str, str] | None:
    try:
        entry = json.loads(line)
        key, reply = entry["request"], entry["reply"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return (key, reply) if isinstance(key, str) and isinstance(reply, str) else None


def _size(reply: str) -> int:
    return len(reply.encode(errors="surrogatepass")) + _ENTRY
