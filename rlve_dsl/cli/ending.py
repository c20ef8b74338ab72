"""How a command ends: failures that are no defect of this program, and signals, become words and an exit code."""

from __future__ import annotations

import codecs
import errno
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from rlve_dsl.errors import MissingExtra, PluginError, PluginFault, RlveError, ScenarioError, UsageError, system_reason

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_code(name: str, run: Callable[[], int]) -> int:
    """Run a command, and return its exit code. Errors go to standard error, after the command's name.

    An error of the operating system is a sentence and the code 1. When the reader of the output is gone (`| head`), the
    code is 0. A signal that asks for the end raises KeyboardInterrupt in the command, so that it ends its workers; the code
    is 128 and the signal's number.
    """
    _prepare_streams()
    with _ended_by_signals():
        code = _code_of(name, run)
    try:
        sys.stdout.flush()
    except OSError as failure:
        _discard(sys.stdout)
        if not code and not isinstance(failure, BrokenPipeError):
            _say(f"{name}: standard output: {system_reason(failure)}")
            return 1
    return code


def _code_of(name: str, run: Callable[[], int]) -> int:
    try:
        return run()
    except ScenarioError as problems:
        _say(str(problems))
        return 3
    except (UsageError, MissingExtra, PluginError) as problem:
        _say(f"{name}: {problem}")
        return 3 if isinstance(problem, PluginFault) else 2
    except RlveError as problem:  # a defect of the scenario that only playing it shows
        place = getattr(problem, "span", None)
        _say(f"{name}: {f'{place}: ' if place else ''}{problem}")
        return 3
    except OSError as failure:
        if isinstance(failure, BrokenPipeError) and failure.filename is None:
            return 0
        place = f"`{failure.filename}`: " if failure.filename is not None else ""
        _say(f"{name}: {place}{system_reason(failure)}")
        return 1
    except MemoryError:
        _say(f"{name}: there is not enough memory for this")
        return 1
    except KeyboardInterrupt as stop:
        return 128 + (stop.args[0] if stop.args else signal.SIGINT)
    except SystemExit as left:  # argparse, after help or a complaint
        return int(left.code or 0)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let the first signal of `_SIGNALS` raise KeyboardInterrupt with its number; further ones do not disturb the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return

    def stop(number: int, frame: object) -> None:
        for other in usual:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    # who started this process may have asked to ignore a signal, as `nohup` does
    usual = {number: signal.getsignal(number) for number in _SIGNALS}
    usual = {number: handler for number, handler in usual.items() if handler is not signal.SIG_IGN}
    for number in usual:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@contextmanager
def ended_when_unread() -> Iterator[None]:
    """Raise BrokenPipeError in the block as soon as nobody reads standard output any more: its work would be for nobody."""
    if threading.current_thread() is not threading.main_thread() or not _is_pipe(sys.stdout):
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    main = threading.get_ident()
    woken, wake = os.pipe()
    watched = select.poll()
    watched.register(sys.stdout.fileno(), 0)  # asks for nothing: an error or a hang-up is always told
    watched.register(woken, select.POLLIN)

    def watch() -> None:
        if all(descriptor != woken for descriptor, _ in watched.poll()):
            signal.pthread_kill(main, signal.SIGPIPE)

    before = signal.signal(signal.SIGPIPE, stop)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.write(wake, b"x")
        watcher.join()
        signal.signal(signal.SIGPIPE, before)
        os.close(wake)
        os.close(woken)


def _is_pipe(stream: TextIO) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # it is closed, or no file
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:  # there is no place left to say so
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Send what a stream still holds to nowhere; else the interpreter fails to write it when it exits."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _prepare_streams() -> None:
    """Let the standard streams exist, those for output take every character, and lines have a width that fits into memory."""
    if sys.stdin is None:  # closed by whoever started this process: nothing can be read
        sys.stdin = open(os.devnull)  # noqa: SIM115 - as long as the process lives
    if (wide := os.environ.get("COLUMNS", "")).isdigit() and (len(wide) > len(_WIDEST) or int(wide) > int(_WIDEST)):
        os.environ["COLUMNS"] = _WIDEST
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started this process
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ESCAPES)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """JSON's escapes for the characters that a stream cannot encode, so that JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    data = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2)), error.end


_WIDEST = "10000"  # columns of a terminal: who reads them from the environment fills lines of this width with blanks
_ESCAPES = "json-escapes"
codecs.register_error(_ESCAPES, _escaped)
