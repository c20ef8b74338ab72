"""A model as a service: what a bad server does to it, and what it spares the server."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.errors import MissingExtra, UsageError
from rlve_dsl.model_user import ModelSettings, ModelShopper
from rlve_dsl.model_user.request import ModelRequest, Unanswered
from rlve_dsl.model_user.service import Service
from tests.model_server import MODEL, Answer, Asked, Endless, Hangup, ModelServer, Raw, Silence

MakeService = Callable[..., Service]


def request(number: int = 1) -> ModelRequest:
    return ModelRequest("Do it.", {"number": number}, {"type": "object"}, 0.5, 7, most_tokens=99)


@pytest.fixture
def service(model_server: ModelServer) -> Iterator[MakeService]:
    with ExitStack() as stack:

        def make(**more: Any) -> Service:
            given = {"base_url": model_server.url, "retries": 0, "timeout_seconds": 20.0, **more}
            made = Service(ModelSettings(MODEL, **given))
            stack.callback(made.close)
            return made

        yield make


def reason(service: Service, number: int = 1) -> str:
    with pytest.raises(Unanswered) as problem:
        service.ask(request(number))
    return str(problem.value)


def test_what_a_server_is_asked(model_server: ModelServer, service: MakeService) -> None:
    model_server.behave = lambda asked: "yes"
    assert service(api_key="k").ask(request()) == "yes"
    (asked,) = model_server.asked
    body = asked.body
    assert asked.key == "Bearer k" and body["model"] == MODEL and (body["temperature"], body["seed"]) == (0.5, 7)
    assert body["messages"][0] == {"role": "system", "content": "Do it."} and asked.material == {"number": 1}
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "chat_template_kwargs" not in body and body["max_completion_tokens"] > 1000  # it may think
    service(without_thinking=True).ask(request())
    body = model_server.asked[1].body
    assert body["chat_template_kwargs"] == {"enable_thinking": False} and body["max_completion_tokens"] == 99


CUT = b'{"choices": [{"finish_reason": "length", "message": {"role": "assistant", "content": "ye"}}]}'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Raw(500, b"no"), "status 500"),
        (Raw(404, b"{}"), "status 404"),
        (Raw(200, b'{"choices": [{'), "unreadable response"),
        (Raw(200, b"<html>"), "unreadable response"),
        (Raw(200, b"[]"), "unreadable response"),
        (Raw(200, b'{"choices": []}'), "unreadable response"),
        (Raw(200, b'{"choices": null}'), "unreadable response"),
        (Raw(200, b'{"choices": [{"message": {"content": null}}]}'), "empty reply"),
        (Raw(200, b'{"choices": [{"message": {"content": ["a"]}}]}'), "empty reply"),
        (Raw(200, CUT), "cut off"),
        (" \n", "empty reply"),
        (Hangup(), "no connection"),
    ],
)
def test_a_broken_server_is_a_reason(
    model_server: ModelServer, service: MakeService, answer: Answer, said: str
) -> None:
    model_server.behave = lambda asked: answer
    assert reason(service()) == said


def test_a_response_that_does_not_end_is_read_to_a_limit(model_server: ModelServer, service: MakeService) -> None:
    endless = Endless()
    model_server.behave = lambda asked: endless
    assert reason(service()) == "response too long"
    assert endless.sent < 100  # megabytes: what a connection holds, and no more


@pytest.mark.parametrize("status", [200, 500])
def test_a_response_that_is_short_only_while_it_is_compressed_is_read_to_a_limit(
    status: int, model_server: ModelServer, service: MakeService
) -> None:
    packed = gzip.compress(b" " * 20_000_000)
    model_server.behave = lambda asked: Raw(status, packed, encoding="gzip")
    assert reason(service()) == "response too long"


def test_a_compressed_reply_is_read(model_server: ModelServer, service: MakeService) -> None:
    whole = b'{"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}]}'
    model_server.behave = lambda asked: Raw(200, gzip.compress(whole), encoding="gzip")
    assert service().ask(request()) == "yes"


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v1", "http://127.0.0.1:x/v1", "http://", "https://:8000/v1"])
def test_an_address_that_no_server_can_have_is_told_at_the_start(service: MakeService, url: str) -> None:
    with pytest.raises(
        UsageError, match="is no address of a server: http://HOST:PORT/v1 is wanted, with a port from 1 to 65535"
    ):
        service(base_url=url)


def test_a_slow_server_is_not_waited_for(model_server: ModelServer, service: MakeService) -> None:
    model_server.behave = lambda asked: Silence()
    assert reason(service(timeout_seconds=0.05, retries=5)) == "timeout"


def test_a_server_that_is_not_there_is_a_reason(service: MakeService) -> None:
    assert reason(service(base_url="http://127.0.0.1:9/v1")) == "no connection"


def test_a_failure_is_tried_again_as_often_as_is_set(model_server: ModelServer, service: MakeService) -> None:
    model_server.behave = lambda asked: "yes" if len(model_server.asked) == 3 else Raw(503)
    assert service(retries=2).ask(request()) == "yes"
    model_server.asked.clear()
    assert reason(service(retries=1)) == "status 503" and len(model_server.asked) == 2


def test_equal_requests_get_equal_replies(model_server: ModelServer, service: MakeService, tmp_path: Path) -> None:
    model_server.behave = lambda asked: f"reply {len(model_server.asked)}"
    asking = service(cache=tmp_path / "replies.jsonl")
    assert [asking.ask(request(n)) for n in (1, 2, 1)] == ["reply 1", "reply 2", "reply 1"]
    assert service().ask(request()) == "reply 3"
    assert service(cache=tmp_path / "replies.jsonl").ask(request(2)) == "reply 2"
    assert len(model_server.asked) == 3


def test_equal_requests_that_are_made_together_are_made_once(model_server: ModelServer, service: MakeService) -> None:
    arrived, may_go_on = threading.Event(), threading.Event()

    def behave(asked: Asked) -> Answer:
        arrived.set()
        may_go_on.wait(60)
        return f"reply {len(model_server.asked)}"

    model_server.behave = behave
    asking = service()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(asking.ask, request())
        arrived.wait(60)
        others = [pool.submit(asking.ask, request()) for _ in range(2)]
        may_go_on.set()
        assert {reply.result() for reply in [first, *others]} == {"reply 1"}


def test_no_more_requests_are_under_way_than_is_set(model_server: ModelServer, service: MakeService) -> None:
    under_way, most, lock, two = 0, 0, threading.Lock(), threading.Barrier(2, timeout=60)

    def behave(asked: Asked) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        two.wait()  # goes on when a second request is there
        with lock:
            under_way -= 1
        return "yes"

    model_server.behave = behave
    asking = service(at_once=2)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(asking.ask, map(request, range(6)))) == ["yes"] * 6
    assert most == 2


def test_a_server_that_fails_often_is_left_alone_and_then_tried(
    model_server: ModelServer, service: MakeService
) -> None:
    model_server.behave = lambda asked: Raw(500)
    asking = service(failures=2, pause=3)
    said = [reason(asking, number) for number in range(10)]
    failed, paused = ["status 500"], ["paused"] * 3
    assert said == [*failed * 2, *paused, *failed, *paused, *failed] and len(model_server.asked) == 4
    assert [reason(asking, number) for number in range(3)] == paused
    model_server.behave = lambda asked: "yes"
    assert [asking.ask(request(number)) for number in range(3)] == ["yes"] * 3


def test_it_can_be_closed_and_used_again(model_server: ModelServer, service: MakeService) -> None:
    model_server.behave = lambda asked: "yes"
    asking = service()
    asking.close()
    for number in range(2):
        assert asking.ask(request(number)) == "yes"
        asking.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "user model"]


def test_a_request_under_way_is_given_up_when_it_is_closed(model_server: ModelServer, service: MakeService) -> None:
    arrived = threading.Event()

    def behave(asked: Asked) -> Answer:
        arrived.set()
        return Silence()

    model_server.behave = behave
    asking = service()
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(reason, asking)
        arrived.wait(60)
        asking.close()
        assert said.result() == "closed"


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlve_dsl.model_user.endpoint.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"`openai` is not installed: run pip install 'rlve-dsl\[llm\]'"):
        ModelShopper(ModelSettings(MODEL))


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({"timeout_seconds": 0.0}, "timeout"),
        ({"timeout_seconds": float("nan")}, "timeout"),
        ({"retries": -1}, "retries"),
        ({"temperature": 2.5}, "temperature"),
        ({"at_once": 0}, "at once"),
        ({"failures": 0}, "pause"),
    ],
)
def test_a_number_out_of_range_is_a_usage_error(setting: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=f"the user's model: .*{problem}"):
        ModelSettings(MODEL, **setting)


def test_an_address_that_is_none_is_a_usage_error() -> None:
    pytest.importorskip("openai", reason="`openai` is not installed: pip install 'rlve-dsl[llm]'")
    with pytest.raises(UsageError, match="begins with http:// or https://, unlike `localhost:8000`"):
        ModelShopper(ModelSettings(MODEL, base_url="localhost:8000"))


def test_the_key_is_not_told() -> None:
    settings = ModelSettings(MODEL, api_key="secret")
    told = settings.as_json()
    assert "secret" not in str(told) and told["model"] == MODEL
    assert "secret" not in repr(settings) and MODEL in repr(settings)


def test_the_key_is_that_of_the_environment_unless_another_is_set(
    model_server: ModelServer, service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_server.behave = lambda asked: "yes"
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    service().ask(request())
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    service().ask(request())
    service(api_key="my-own").ask(request())
    assert [asked.key for asked in model_server.asked] == ["Bearer none", "Bearer of-the-environment", "Bearer my-own"]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_there_is_a_server_of_ones_own(key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openai", reason="`openai` is not installed: pip install 'rlve-dsl[llm]'")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    with pytest.raises(
        UsageError, match=r"no key: set OPENAI_API_KEY .* or name a server of your own \(--base-url, or"
    ):
        ModelShopper(ModelSettings(MODEL, api_key=key))


def test_the_file_of_replies_is_good_for_the_same_model_at_another_address(
    model_server: ModelServer, service: MakeService, tmp_path: Path
) -> None:
    model_server.behave = lambda asked: "yes"
    cache = tmp_path / "replies.jsonl"
    assert service(cache=cache).ask(request()) == "yes"
    elsewhere = "http://127.0.0.1:9/v1"  # nothing is there
    assert service(cache=cache, base_url=elsewhere).ask(request()) == "yes"
    assert reason(service(cache=cache, base_url=elsewhere, without_thinking=True)) == "no connection"
    assert reason(service(cache=cache, base_url=elsewhere), number=2) == "no connection"
