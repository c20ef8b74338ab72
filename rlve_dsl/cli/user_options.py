"""The arguments that say who speaks for the user."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rlve_dsl.errors import UsageError

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper

_OPENAI = "openai:"
_FIELDS = {
    "base_url": "base_url",
    "user_understands": "understands",
    "user_without_thinking": "without_thinking",
    "user_timeout": "timeout_seconds",
    "user_retries": "retries",
    "user_temperature": "temperature",
    "user_at_once": "at_once",
    "user_cache": "cache",
}
"""Each option that is only for a model, and the field of `ModelSettings` that it sets."""


def add_user(parser: argparse.ArgumentParser) -> None:
    """Add `--user` and what goes with it, which `model_shopper` reads."""
    group = parser.add_argument_group("the user")
    group.add_argument(
        "--user", default="scripted", metavar="WHO",
        help="scripted (default), or openai:MODEL: a language model words what the scripted user says",
    )  # fmt: skip
    group.add_argument(
        "--base-url", metavar="URL", help="an OpenAI-compatible server (OpenAI); its key is read from OPENAI_API_KEY"
    )
    group.add_argument(
        "--user-understands", action="store_true", default=None,
        help="let the model also find what the agent asks for",
    )  # fmt: skip
    group.add_argument(
        "--user-without-thinking", action="store_true", default=None,
        help="ask the server to switch thinking off (chat_template_kwargs: enable_thinking)",
    )  # fmt: skip
    group.add_argument("--user-timeout", type=float, metavar="SECONDS", help="for one reply, all tries included (30)")
    group.add_argument("--user-retries", type=int, metavar="N", help="further tries after a failure (2)")
    group.add_argument("--user-temperature", type=float, metavar="T", help="of the wording (0.7)")
    group.add_argument("--user-at-once", type=int, metavar="N", help="requests under way together (16)")
    group.add_argument("--user-cache", type=Path, metavar="FILE", help="keep replies in a file, for later runs")


@contextmanager
def model_shopper(arguments: argparse.Namespace) -> Iterator[ModelShopper | None]:
    """The model that `--user` names; None for the scripted user. Its connections are closed at the end.

    Raises:
        UsageError: When an option is wrong or does not go with the others, or no key is set.
        MissingExtra: When `openai` is not installed.
    """
    changes = {field: value for option, field in _FIELDS.items() if (value := getattr(arguments, option)) is not None}
    who: str = arguments.user
    if who == "scripted":
        given = [option for option in _FIELDS if getattr(arguments, option) is not None]
        if given:
            raise UsageError(f"--{given[0].replace('_', '-')} is only for --user openai:MODEL")
        yield None
        return
    model = who.removeprefix(_OPENAI)
    if model in (who, ""):
        raise UsageError(f"--user is scripted or openai:MODEL, not `{who}`")
    from rlve_dsl.model_user import ModelSettings, ModelShopper  # not at the top: most episodes need no model

    with ModelShopper(ModelSettings(model, **changes)) as shopper:
        yield shopper
