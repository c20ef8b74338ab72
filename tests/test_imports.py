"""What an import costs, counted in modules, not in milliseconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rlve_dsl.cli import VERBS

ROOT = Path(__file__).parents[1]
LEARNING = {"torch", "transformers", "trl", "datasets", "accelerate"}
SEARCHING = {"faiss"}
UNDERSTANDING = {"tokenizers", "safetensors", "wordllama"}  # the meanings of words, for searches and for the user's ear
PLAYING = {"numpy", "lark", "yaml", "jsonschema", "pluggy", "rich"}
PROVING = {"z3"}
CALLING = {"openai", "asyncio"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after this."""
    program = f"{code}\nimport sys; print(*{{m.partition('.')[0] for m in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.split()
    )


def test_importing_the_package_loads_nothing() -> None:
    found = loaded("import rlve_dsl; rlve_dsl.__version__")
    assert not found & (LEARNING | SEARCHING | UNDERSTANDING | PLAYING | PROVING)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import rlve_dsl.cli, rlve_dsl.agents, rlve_dsl.curriculum, rlve_dsl.train",
            LEARNING | SEARCHING | UNDERSTANDING | PROVING,
        ),
        ("import rlve_dsl.model_user", LEARNING | SEARCHING | UNDERSTANDING | PROVING | {"openai"}),
        (
            "import rlve_dsl\nrlve_dsl.load('scenarios/first-steps.yaml').reset('cart', level=0, seed=0).prompt()",
            LEARNING | SEARCHING | PROVING | CALLING,
        ),
        (
            "from rlve_dsl.cli import main\nmain(['validate', 'scenarios/first-steps.yaml', 'scenarios/examples/clinic'])",
            LEARNING | SEARCHING | PROVING,  # the cells of a sound policy show that it is
        ),
    ],
    ids=["every room", "a model as the user", "an episode", "validate"],
)
def test_what_is_not_used_is_not_loaded(code: str, absent: set[str]) -> None:
    assert not loaded(code) & absent


def after_command(*words: str) -> set[str]:
    """All modules that a fresh interpreter holds after this command line."""
    program = "import sys; from rlve_dsl.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    return set(printed.splitlines()[-1].split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_a_command_without_a_verb_loads_no_room(option: str) -> None:
    modules = after_command(option)
    allowed = {f"rlve_dsl.{name}" for name in ("cli", "cli.ending", "diagnostics", "errors", "frozen", "values")}
    assert {name for name in modules if name.startswith("rlve_dsl.")} <= allowed
    assert not {name.partition(".")[0] for name in modules} & (LEARNING | SEARCHING | UNDERSTANDING | PLAYING | PROVING)
    assert "importlib.metadata" not in modules


def test_a_known_verdict_is_printed_without_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = "from rlve_dsl.cli import main\nassert main(['validate', 'scenarios/users']) == 0"
    assert "numpy" in loaded(program)
    assert not loaded(program) & (LEARNING | SEARCHING | UNDERSTANDING | PLAYING | PROVING)


# Rooms know no verb (see test_layers.py), so what verbs need of them is read once, before each verb has its copy of the process.
FORKING = """
import os, sys
import rlve_dsl.certify, rlve_dsl.train
from rlve_dsl.cli import VERBS, main
for verb in VERBS:
    if not os.fork():
        main([verb, "--help"])
        print("loaded:", verb, *(name for name in VERBS if f"rlve_dsl.cli.{name}" in sys.modules), flush=True)
        os._exit(0)
    os.wait()
"""


def test_a_verb_loads_no_other_verb() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()
    found = [line.split()[1:] for line in printed if line.startswith("loaded:")]
    assert found == [[verb, verb] for verb in VERBS]


def test_an_episode_of_the_oracle_loads_no_event_loop_and_no_masked_arrays() -> None:
    assert not after_command("run", "scenarios/c8.yaml") & {"asyncio", "numpy.ma"}


def test_the_package_says_what_it_has_not() -> None:
    import rlve_dsl

    with pytest.raises(AttributeError, match="no attribute `lod`"):
        rlve_dsl.lod  # type: ignore[attr-defined]  # noqa: B018
