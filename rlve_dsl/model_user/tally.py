"""What a model did for the user, counted."""

from __future__ import annotations

import threading
from collections import Counter

from rlve_dsl.values import JsonObject


class Tally:
    """Counts the sentences that were worded and the messages that were understood, and why others were not.

    >>> tally = Tally()
    >>> tally.worded(); tally.said_by_template("timeout", 2)
    >>> tally.as_json()
    {'sentences': 3, 'by_template': 2, 'template_share': 0.6667, 'why_template': {'timeout': 2}}
    >>> tally.summary()
    'the model worded 1 of 3 sentences (templates: timeout 2)'
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._worded = self._understood = 0
        self._templates: Counter[str] = Counter()
        self._matched: Counter[str] = Counter()

    def worded(self) -> None:
        """The model's words for a sentence were said."""
        with self._lock:
            self._worded += 1

    def said_by_template(self, reason: str, sentences: int = 1) -> None:
        """Sentences were said as the template has them."""
        with self._lock:
            self._templates[reason] += sentences

    def understood(self) -> None:
        """The model found what a message asks for."""
        with self._lock:
            self._understood += 1

    def understood_without_model(self, reason: str) -> None:
        """The scripted user's own understanding was used for a message."""
        with self._lock:
            self._matched[reason] += 1

    def as_json(self) -> JsonObject:
        """The counts, and the shares of what was done without the model."""
        found: JsonObject = {}
        for name, done, missed, kind in (
            ("sentences", self._worded, self._templates, "template"),
            ("messages", self._understood, self._matched, "listener"),
        ):
            count = done + missed.total()
            if count:
                found[name] = count
                found[f"by_{kind}"] = missed.total()
                found[f"{kind}_share"] = round(missed.total() / count, 4)
                found[f"why_{kind}"] = {**dict(_ordered(missed))}
        return found

    def summary(self) -> str:
        """The counts in one line of English."""
        said = [_line("worded", self._worded, "sentences", "templates", self._templates)]
        if self._understood or self._matched:
            said.append(_line("understood", self._understood, "messages", "listener", self._matched))
        return "the model " + "; ".join(said)

    def take(self) -> JsonObject:
        """The counts since the last time, as `as_json` gives them; counting begins again."""
        with self._lock:
            counts = self.as_json()
            self._begin()
        return counts


def _line(verb: str, done: int, things: str, instead: str, missed: Counter[str]) -> str:
    why = f" ({instead}: {', '.join(f'{reason} {count}' for reason, count in _ordered(missed))})" if missed else ""
    return f"{verb} {done} of {done + missed.total()} {things}{why}"


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
