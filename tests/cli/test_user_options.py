"""`--user`: who speaks for the user in `run` and `train`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.model_server import MODEL, ModelServer, Raw

Run = Callable[..., Any]
PATH = "scenarios/first-steps.yaml"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def options(server: ModelServer, *more: str) -> tuple[str, ...]:
    return ("--level", "4", "--seed", "3", "--user", f"openai:{MODEL}", "--base-url", server.url, *more)


def test_a_model_speaks_and_what_it_did_is_told(run: Run, model_server: ModelServer) -> None:
    ran = run("run", PATH, *options(model_server, "--user-understands"))
    assert ran.code == 0 and "user   well, " in ran.out and "passed" in ran.out
    count = sum(len(asked.sentences) for asked in model_server.asked if asked.is_about_words)
    assert f"the model worded {count} of {count} sentences; understood 1 of 1 messages" in ran.out


def test_a_recorded_run_with_a_model_replays_without_it(run: Run, workspace: Path, model_server: ModelServer) -> None:
    ran = run("run", PATH, *options(model_server, "--json"))
    assert ran.code == 0 and json.loads(ran.out.splitlines()[0])["source"] == f"openai:{MODEL}"
    assert ran.err.startswith("the model worded ")
    (workspace / "t.jsonl").write_text(ran.out, encoding="utf-8")
    asked = len(model_server.asked)
    assert run("replay", "t.jsonl", PATH).out.startswith("the same ")
    assert len(model_server.asked) == asked


def test_demonstrations_are_in_the_words_of_the_model(run: Run, workspace: Path, model_server: ModelServer) -> None:
    more = ("--episodes", "3", "--levels", "2..4", "--mistakes", "0.4", "--out", "demos.jsonl")
    ran = run("demos", PATH, *more, *options(model_server)[4:])
    assert ran.code == 0 and ran.err.splitlines()[1].startswith("the model worded ")
    rows = [json.loads(line) for line in (workspace / "demos.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 3
    for row in rows:
        said = [message["content"] for message in row["messages"] if message["role"] == "user"]
        assert said and all(text.startswith("well, ") for text in said)


def test_without_a_server_the_templates_are_said_and_counted(run: Run, model_server: ModelServer) -> None:
    model_server.behave = lambda asked: Raw(500)
    usual = run("run", PATH, "--level", "4", "--seed", "3", "--json")
    ran = run("run", PATH, *options(model_server, "--json", "--user-retries", "0"))
    assert (ran.code, ran.out) == (0, usual.out)
    assert ran.err.startswith("the model worded 0 of ") and "(templates: status 500 " in ran.err


def test_the_options_reach_the_server(
    run: Run, workspace: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    more = ("--user-temperature", "1.2", "--user-without-thinking", "--user-cache", "replies.jsonl")
    first = run("run", PATH, *options(model_server, *more))
    assert {asked.key for asked in model_server.asked} == {"Bearer a-key"}
    for asked in model_server.asked:
        assert asked.body["temperature"] == 1.2
        assert asked.body["chat_template_kwargs"] == {"enable_thinking": False}
    asked_before = len(model_server.asked)
    assert run("run", PATH, *options(model_server, *more)).out == first.out
    assert len(model_server.asked) == asked_before


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--user", "claude"), "--user is scripted or openai:MODEL, not `claude`"),
        (("--user", "openai:"), "--user is scripted or openai:MODEL, not `openai:`"),
        (("--user", "openai:m"), "set OPENAI_API_KEY to your key, or name a server of your own (--base-url, or "),
        (("--user-cache", "f"), "--user-cache is only for --user openai:MODEL"),
        (("--user-understands",), "--user-understands is only for --user openai:MODEL"),
        (("--base-url", "http://x"), "--base-url is only for --user openai:MODEL"),
        (("--user", "openai:m", "--base-url", "http://x", "--user-timeout", "0"), "the timeout is a number of seconds"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "train"])
def test_options_that_do_not_go_together_are_a_usage_error(
    run: Run, verb: str, words: tuple[str, ...], problem: str
) -> None:
    ran = run(verb, PATH, *words)
    assert ran.code == 2 and problem in ran.err and "Traceback" not in ran.err and not ran.wrote


def test_a_missing_library_is_told_with_its_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlve_dsl.model_user.endpoint.find_spec", lambda name: None)
    ran = run("run", PATH, "--user", "openai:m", "--base-url", "http://127.0.0.1:9")
    assert ran.code == 2 and "`openai` is not installed: run pip install 'rlve-dsl[llm]'" in ran.err
