"""Users and services that speak with the scripted server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from rlve_dsl.model_user import ModelSettings, ModelShopper
from tests.model_server import MODEL, ModelServer

MakeShopper = Callable[..., ModelShopper]


@pytest.fixture
def shopper(model_server: ModelServer) -> Iterator[MakeShopper]:
    """`shopper(retries=1, …)`: a shopper of the server's model; closed after the test."""
    with ExitStack() as stack:

        def make(**more: Any) -> ModelShopper:
            given = {"base_url": model_server.url, "retries": 0, "timeout_seconds": 20.0, **more}
            return stack.enter_context(ModelShopper(ModelSettings(MODEL, **given)))

        yield make
