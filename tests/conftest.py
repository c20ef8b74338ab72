"""The shipped scenarios, loaded once, and a way to bend them."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

import rlve_dsl
from rlve_dsl.episode import Scenario
from tests.model_server import ModelServer
from tests.model_server import model_server as running_server

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"

settings.register_profile("suite", deadline=None)  # a loaded machine is no failure
settings.load_profile("suite")

Bend = Callable[..., Scenario]


@cache
def shipped(path: str) -> Scenario:
    """A file of `scenarios/`, compiled once for all tests of a process, as nothing changes a scenario."""
    return rlve_dsl.load(SCENARIOS / path)


def collection(folder: Path, name: str, environment: str, catalog: str = "pocket", **more: object) -> Path:
    """Write a collection of one environment over a shipped catalog, in a store without a policy.

    Args:
        folder: Where it is written.
        name: Its name, and that of its file.
        environment: The path of the environment.
        catalog: The name of the catalog.
        more: Further keys of the file.
    """
    content = {
        "kind": "Collection",
        "name": name,
        "environments": [environment],
        "catalog": str(SCENARIOS / "catalogs" / f"{catalog}.yaml"),
        "axes": str(SCENARIOS / "axes" / "standard.yaml"),
        "reward": str(SCENARIOS / "rewards" / "composite.yaml"),
        "user": str(SCENARIOS / "users" / "shopper.yaml"),
        **more,
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
    return path


def pytest_collection_finish() -> None:
    """Look for garbage more rarely, and not in what has been imported: a search through all compiled scenarios takes seconds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests leave the user's own cache folder alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def first_steps() -> Scenario:
    """The cart over the pocket catalog."""
    return shipped("first-steps.yaml")


@pytest.fixture(scope="session")
def c1() -> Scenario:
    """Discovery over the general catalog."""
    return shipped("c1.yaml")


@pytest.fixture(scope="session")
def general_cart() -> Scenario:
    """The cart by itself, with the standard shared parts: the general catalog."""
    return shipped("environments/cart.yaml")


@pytest.fixture(scope="session")
def status() -> Scenario:
    """The status of orders by itself, with the standard shared parts."""
    return shipped("environments/status.yaml")


@pytest.fixture(scope="session")
def returns() -> Scenario:
    """Returns by themselves, with the standard shared parts: the store policy among them."""
    return shipped("environments/returns.yaml")


@pytest.fixture(scope="session")
def c8() -> Scenario:
    """All eight environments under the standard policy."""
    return shipped("c8.yaml")


@pytest.fixture(scope="session")
def lawless_returns(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Returns in a store without a policy."""
    returns = str(SCENARIOS / "environments" / "returns.yaml")
    return rlve_dsl.load(collection(tmp_path_factory.mktemp("lawless"), "lawless", returns, "general"))


@pytest.fixture(scope="session")
def substitution() -> Scenario:
    """Substitution by itself."""
    return shipped("environments/substitution.yaml")


@pytest.fixture(scope="session")
def bundle() -> Scenario:
    """The bundle by itself."""
    return shipped("environments/bundle.yaml")


@pytest.fixture(scope="session")
def gifts() -> Scenario:
    """The gift finder, which is made of nothing but YAML."""
    return shipped("examples/gifts.yaml")


@pytest.fixture(scope="session")
def bend(tmp_path_factory: pytest.TempPathFactory) -> Bend:
    """`bend(curves, *edits)`: the cart over the pocket catalog with these curves, and with parts of its text replaced."""
    made: dict[str, Scenario] = {}

    def bent(curves: Mapping[str, str] = {}, *edits: tuple[str, str]) -> Scenario:
        key = json.dumps([sorted(curves.items()), edits])
        if key not in made:
            folder = tmp_path_factory.mktemp("bent")
            text = (SCENARIOS / "environments" / "cart.yaml").read_text(encoding="utf-8")
            for old, new in edits:
                assert text.count(old) == 1, f"`{old}` occurs {text.count(old)} times"
                text = text.replace(old, new)
            (folder / "cart.yaml").write_text(text, encoding="utf-8")
            calm = {"typing_noise": "0", "stock_outs": "0", **curves}
            made[key] = rlve_dsl.load(collection(folder, "bent", "cart.yaml", curves=calm))
        return made[key]

    return bent


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A scripted OpenAI-compatible server; without `openai`, the test is skipped."""
    pytest.importorskip("openai", reason="`openai` is not installed: pip install 'rlve-dsl[llm]'")
    with running_server() as server:
        yield server
