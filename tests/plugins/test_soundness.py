"""Plugins that do what a sound one never does: `unsound/x.src`, and in `unsound/x.txt` what `check_plugin` says."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.plugins import timing
from rlve_dsl.testing import check_plugin

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "unsound").glob("*.txt"))
AT_PLAY = ("measure_empties_its_argument", "tool_changes_the_world", "tool_changes_a_drawn_list")
"""Some that only `certify --strict` meets in an environment."""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin is used in this process alone: what others would find is not the matter."""
    monkeypatch.setattr("rlve_dsl.testing.differences", lambda module: ())


def written(folder: Path, path: Path) -> str:
    shutil.copy(path, folder / f"{path.stem}.py")
    return str(folder / f"{path.stem}.py")


@pytest.mark.parametrize("case", CASES)
def test_what_a_sound_plugin_never_does_is_found(case: str, tmp_path: Path) -> None:
    said = (HERE / "unsound" / f"{case}.txt").read_text(encoding="utf-8").strip()
    assert said in check_plugin(written(tmp_path, HERE / "unsound" / f"{case}.src"))


def test_a_sound_plugin_has_no_fault(tmp_path: Path) -> None:
    assert check_plugin(written(tmp_path, HERE / "playing" / "sound.src")) == []


def test_a_slow_primitive_is_named(tmp_path: Path) -> None:
    found = check_plugin(written(tmp_path, HERE / "playing" / "sound.src"), slow=0)
    assert any(
        text.startswith("sampler `box` of sound takes 0.0 s for one call; at most 0 s are fine") for text in found
    )


def test_a_primitive_that_waits_is_named(tmp_path: Path) -> None:
    text = (HERE / "playing" / "sound.src").read_text(encoding="utf-8")
    waits = text.replace('draw.provide("box", made)', 'draw.provide("box", made)\n    __import__("time").sleep(0.05)')
    (tmp_path / "waits.py").write_text(waits, encoding="utf-8")
    found = check_plugin(str(tmp_path / "waits.py"), slow=0.04)
    assert any(text.startswith("sampler `box` of waits waits 0.1 s for one call") for text in found), found


def test_a_busy_machine_makes_no_primitive_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None) -> None:
    monkeypatch.setattr(timing, "perf_counter", itertools.count(0, 10).__next__)  # others had the processor for 10 s
    monkeypatch.setattr(timing, "_waits", lambda: 0)
    assert check_plugin(written(tmp_path, HERE / "playing" / "sound.src")) == []


def test_a_plugin_that_cannot_be_loaded_is_a_fault(tmp_path: Path) -> None:
    (found,) = check_plugin(written(tmp_path, HERE / "misbehaving" / "gives_none.src"))
    assert found == "hook `rlve_tools` of plugin `gives_none` gave None, and a list of tools is wanted"


@pytest.mark.parametrize("case", AT_PLAY)
def test_a_strict_certificate_names_it_and_another_does_not(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(HERE / "playing" / "box.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    plugin = written(tmp_path, HERE / "unsound" / f"{case}.src")
    said = (HERE / "unsound" / f"{case}.txt").read_text(encoding="utf-8").strip()
    command = ["certify", "box.yaml", "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "bounded", "--json"]
    assert main([*command, "--plugin", plugin, "--strict"]) == 3
    out, err = capsys.readouterr()
    assert said in json.dumps(json.loads(out)["checks"], ensure_ascii=False) if out else said in err
    assert main([*command, "--plugin", plugin]) == 0


def test_what_only_strict_watching_finds_is_no_other_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(HERE / "playing" / "box.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    plugin = written(tmp_path, HERE / "unsound" / "tool_changes_the_world.src")
    command = ["certify", "box.yaml", "--levels", "0", "--seeds", "1", "--jobs", "1", "--json", "--plugin", plugin]
    assert main([*command, "--strict", "--checks", "solvable,deterministic"]) == 3
    verdicts = {check["name"]: check["passed"] for check in json.loads(capsys.readouterr().out)["checks"]}
    assert verdicts == {"solvable": False, "deterministic": True, "plugins": False}


def test_a_tool_that_changes_a_row_in_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = 'shop.set("parcel", parcel_id, "paper", paper)'
    text = (HERE / "parcels.py").read_text(encoding="utf-8")
    assert sound in text
    (tmp_path / "parcels.py").write_text(
        text.replace(sound, 'shop.table("parcel").at(parcel_id)["paper"] = paper'), encoding="utf-8"
    )
    shutil.copytree(HERE.parents[1] / "scenarios", tmp_path / "scenarios")
    folder = tmp_path / "tests" / "plugins"
    folder.mkdir(parents=True)
    for name in ("wrapping-desk.yaml", "parcels.yaml"):
        shutil.copy(HERE / name, folder)
    monkeypatch.chdir(tmp_path)
    command = ["certify", "tests/plugins/wrapping-desk.yaml", "--plugin", "parcels.py", "--levels", "0", "--seeds", "1"]
    assert main([*command, "--jobs", "1", "--checks", "bounded", "--strict", "--json"]) == 3
    out, err = capsys.readouterr()
    assert "changes a row of `parcel` in place; use `shop.set` or `shop.add`" in out + err


def changed(name: str, before: str, after: str) -> str:
    text = (HERE / name).read_text(encoding="utf-8")
    assert before in text, before
    return text.replace(before, after, 1)


SET = '    shop.set("parcel", parcel_id, "paper", paper)\n'
BEHIND_A_LOOK_UP = {
    "a field that writes leaves out": (
        changed("parcels.py", '("paper", "ribbons")}', '("paper",)}'),
        "tool `parcel.wrap` of plugin: it changes `ribbons` of an entity `parcel`, which its `writes` does not name",
    ),
    "a field that the entity has not": (
        changed("parcels.py", '("paper", "ribbons")}', '("paper", "ribbons", "bow")}'),
        "tool `parcel.wrap` of plugin: its `writes` names `bow` of `parcel`, which has no such field",
    ),
    "an entity that is misspelt": (
        changed("parcels.py", 'writes={"parcel"', 'writes={"parcels": (), "parcel"'),
        "tool `parcel.wrap` of plugin: its `writes` names `parcels`, and there is no such entity; did you mean `parcel`?",
    ),
    "a tool that raises when it finds a row": (
        changed("parcels.py", SET, f"    1 / 0\n{SET}"),
        "tool `parcel.wrap` of plugin: ZeroDivisionError: division by zero (plugin.py",
    ),
    "a tool that raises for some rows": (
        changed("parcels.py", "        raise Refusal(f\"it is", "        raise KeyError(f\"it is"),
        "tool `parcel.wrap` of plugin: KeyError:",
    ),
    "a tool that gives another type for a row": (
        changed("parcels.py", "    return wrapped", "    return parcel_id"),
        "tool `parcel.wrap` of plugin gave 'P1001', and Parcel is wanted",
    ),
    "a tool that changes a row in place": (
        changed("parcels.py", SET, '    parcel["paper"] = paper\n'),
        "tool `parcel.wrap` of plugin changes a row of `parcel` in place; use `shop.set` or `shop.add`",
    ),
    "a tool that keeps its shop": (
        changed("parcels.py", SET, f"{SET}    global LAST\n    LAST = shop\n"),
        "tool `parcel.wrap` of plugin changes `LAST` of its module",
    ),
    "a tool that changes nothing": (
        changed("parcels.py", SET + '    shop.add("parcel", parcel_id, "ribbons", ribbons)\n', ""),
        "tool `parcel.wrap` of plugin: its `writes` names `parcel`, and no call changes anything",
    ),
    "a tool that sets a field that the entity has not": (
        changed("parcels.py", SET, SET.replace('"paper", paper', '"colour", paper')),
        "tool `parcel.wrap` of plugin: the entity `parcel` has no field `colour` (plugin.py, line 47)",
    ),
    "a sampler that fails at level 10": (
        changed("playing/sound.src", "    made: Box", "    size < 10 or 1 / 0\n    made: Box"),
        "sampler `box` of plugin: ZeroDivisionError: division by zero (plugin.py",
    ),
    "a sampler that fails with some seeds": (
        changed("playing/sound.src", "    made: Box", "    draw.stream.child(1).chance(0.5) or 1 / 0\n    made: Box"),
        "sampler `box` of plugin: ZeroDivisionError: division by zero (plugin.py",
    ),
    "a sampler that says that it reuses a slot, and fills it again": (
        (
            "from rlve_dsl.hookspecs import hookimpl\nfrom rlve_dsl.world import Draw, sampler\n\n\n"
            '@sampler(provides=("bin",), reuses=True)\ndef full_bin(draw: Draw, size: int) -> int:\n'
            '    """A bin."""\n    draw.provide("bin", size)\n    return size\n\n\n'
            "@hookimpl\ndef rlve_samplers():\n    return [full_bin]\n"
        ),
        "sampler `full_bin` of plugin: `bin` is provided twice in one world",
    ),
    "a noise that raises": (
        ("from rlve_dsl.hookspecs import hookimpl\nfrom rlve_dsl.rng import Stream\nfrom rlve_dsl.user import noise\n\n\n"
        '@noise()\ndef odd(text: str, stream: Stream, share: float) -> str:\n    """Odd."""\n    return text[99]\n\n\n'
        "@hookimpl\ndef rlve_noises():\n    return [odd]\n"),
        "noise `odd` of plugin: IndexError: string index out of range (plugin.py",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BEHIND_A_LOOK_UP)
def test_what_only_some_worlds_show_is_found(fault: str, tmp_path: Path) -> None:
    source, said = BEHIND_A_LOOK_UP[fault]
    (tmp_path / "plugin.py").write_text(source, encoding="utf-8")
    found = check_plugin(str(tmp_path / "plugin.py"))
    assert [text for text in found if text.startswith(said)], found


NOISE = """
import os
import random
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.rng import Stream
from rlve_dsl.user import noise

SAID = []


class Loud(str):
    pass


@noise()
def odd(text: str, stream: Stream) -> str:
    \"\"\"Odd.\"\"\"
    {does}


@hookimpl
def rlve_noises():
    return [odd]
"""
OF_NOISES = {
    "SAID.append(1); return text + 'h' * len(SAID)": "noise `odd` of plugin changes `SAID` of its module",
    "return text.replace('all', '17')": "noise `odd` of plugin adds or loses digits",
    "return text.replace('24', '')": "noise `odd` of plugin adds or loses digits",
    "return text.replace('Mine', 'Not mine')": "noise `odd` of plugin adds `not`",
    'return text + " I don\'t"': "noise `odd` of plugin adds `don't`",
    "return ''": "noise `odd` of plugin leaves nothing of the words",
    "return Loud(text)": "noise `odd` of plugin gives a `Loud`, and a plain `str` is wanted",
    "return text + ' oh' * (random.random() < 0.5)": "noise `odd` of plugin draws from the global random state",
    "return text + ' oh' * (1 + os.getpid() % 1000)": (
        "noise `odd` of plugin gives another value in another process: it goes by the clock, the process, or the like"
    ),
}


@pytest.mark.parametrize("does", OF_NOISES)
def test_a_noise_that_is_not_sound_is_found(does: str, tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(NOISE.format(does=does), encoding="utf-8")
    found = check_plugin(str(tmp_path / "plugin.py"))
    assert [text for text in found if text.startswith(OF_NOISES[does])], found


def test_a_noise_that_changes_words_alone_is_sound(tmp_path: Path) -> None:
    does = "return text.replace('want', 'wnat') + ('' if stream.chance(0.5) else ' please')"
    (tmp_path / "plugin.py").write_text(NOISE.format(does=does), encoding="utf-8")
    assert check_plugin(str(tmp_path / "plugin.py")) == []


DISTURBANCE = """
import itertools
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Attempt, Cut, Delay, Failure, disturbance

NUMBERS = []


@disturbance()
def odd(attempt: Attempt) -> Failure | Delay | Cut | None:
    \"\"\"Odd.\"\"\"
    {does}


@hookimpl
def rlve_disturbances():
    return [odd]
"""
_SECONDS = "its seconds are a whole number from 0 to 1,000,000,000"
OF_DISTURBANCES = {
    "return Delay(-10**30)": f"odd` of plugin gave Delay(seconds=-1000000000000000000000000000000) (Delay), and {_SECONDS}",
    "return Delay(float('nan'))": f"odd` of plugin gave Delay(seconds=nan) (Delay), and {_SECONDS}",
    "return Failure('no', seconds='3')": f"seconds='3') (Failure), and {_SECONDS}",
    "return Failure(['no', 'text'])": "and its reason is a text",
    "return 'busy'": "odd` of plugin gave 'busy', and a Failure, a Delay, a Cut or None is wanted",
    "NUMBERS.append(1); return Delay(len(NUMBERS))": "odd` of plugin changes `NUMBERS` of its module",
    "return Delay(attempt.stream.integer(1, 9))": "",
}


@pytest.mark.parametrize("does", OF_DISTURBANCES)
def test_a_disturbance_that_is_not_sound_is_found(does: str, tmp_path: Path, alone: None) -> None:
    (tmp_path / "plugin.py").write_text(DISTURBANCE.format(does=does), encoding="utf-8")
    found, said = check_plugin(str(tmp_path / "plugin.py")), OF_DISTURBANCES[does]
    assert [text for text in found if said in text] if said else not found, found


def test_a_strict_certificate_watches_noises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    box = (HERE / "playing" / "box.yaml").read_text(encoding="utf-8")
    (tmp_path / "box.yaml").write_text(f"{box}noises: [{{odd: {{}}}}]\n", encoding="utf-8")
    (tmp_path / "noise.py").write_text(NOISE.format(does=next(iter(OF_NOISES))), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    sound = written(tmp_path, HERE / "playing" / "sound.src")
    command = ["certify", "box.yaml", "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "bounded", "--strict"]
    assert main([*command, "--plugin", sound, "--plugin", "noise.py", "--json"]) == 3
    assert "noise `odd` of noise changes `SAID` of its module" in capsys.readouterr().out


EVENT = """
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Shop, event


@event()
def delayed(shop: Shop, of: int) -> None:
    \"\"\"All flights are late.\"\"\"
    for row in shop.table("flight"):
        shop.set("flight", row["flight_id"], "late", True)


@hookimpl
def rlve_events():
    return [delayed]
"""


def test_an_entity_that_no_world_has_is_told_once_with_the_worlds(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(EVENT, encoding="utf-8")
    assert check_plugin(str(tmp_path / "plugin.py")) == [
        "event `delayed` of plugin: there is no entity `flight` (plugin.py, line 9); it was tried in worlds that are made up"
    ]


def test_a_collection_of_the_package_that_has_errors_is_told(tmp_path: Path) -> None:
    package = tmp_path / "tea"
    (package / "scenarios").mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    shutil.copy(HERE / "playing" / "sound.src", package / "rlve.py")
    (package / "scenarios" / "tea.yaml").write_text(
        "kind: Collection\nname: tea\nenvironments: [no.yaml]\n", encoding="utf-8"
    )
    found = check_plugin(str(package / "rlve.py"))
    assert len(found) == 1 and found[0].startswith("`tea.yaml` has errors, so no world of it is tried: "), found
    assert found[0].endswith("tea.yaml:1:1: a collection needs `axes` and `reward` and `user`")


PLAYERS = """
from rlve_dsl.agents import AgentKind
from rlve_dsl.certify import Check, Probe
from rlve_dsl.episode import Action
from rlve_dsl.hookspecs import hookimpl


class Rude:
    def act(self, observation):
        return 1 / 0


class Silent:
    def act(self, observation):
        return Action()


def attempt(case):
    {attempts}


def judge(scenario, plan, seen):
    {judges}


CHECK = Check("odd", ("tea.odd",), "nothing is odd", judge, lambda case, plan: [1])


@hookimpl
def rlve_agents():
    return [AgentKind("odd", lambda episode: {agent}(), "is odd")]


@hookimpl
def rlve_checks():
    return [CHECK]


@hookimpl
def rlve_probes():
    return [Probe("odd", "is odd", attempt, "wrong")]
"""
SOUND_PLAYERS = {
    "agent": "Silent", "attempts": "yield case.play(lambda episode: Silent())", "judges": "return CHECK.result()"
}  # fmt: skip
OF_PLAYERS = [
    ({}, ""),
    ({"agent": "Rude"}, "agent `odd` of plugin: ZeroDivisionError: division by zero (plugin.py, line 10)"),
    ({"attempts": "yield case.play(lambda episode: Rude())"},
     "probe `odd` of plugin: playing it raised an error: ZeroDivisionError: division by zero (plugin.py, line 10)"),
    ({"attempts": "yield 5"}, "probe `odd` of plugin gave 5, and plays are wanted: `yield case.play(...)`"),
    ({"attempts": "while True:\n        yield case.play_script(())"},
     "probe `odd` of plugin: it gave more than 100 items, and one call may give at most 100: does it end?"),
    ({"judges": "return True"}, "check `odd` of plugin gave True, and its result is wanted: `return CHECK.result(findings=...)`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "said"), OF_PLAYERS, ids=["sound", "agent", "probe that crashes", "probe", "endless probe", "check"]
)
def test_agents_checks_and_probes_are_used_once(odd: dict[str, str], said: str, tmp_path: Path, alone: None) -> None:
    (tmp_path / "plugin.py").write_text(PLAYERS.format(**{**SOUND_PLAYERS, **odd}), encoding="utf-8")
    assert check_plugin(str(tmp_path / "plugin.py")) == [said] * bool(said)


def test_agents_that_need_more_than_an_episode_can_be_left_out(tmp_path: Path, alone: None) -> None:
    (tmp_path / "plugin.py").write_text(PLAYERS.format(**{**SOUND_PLAYERS, "agent": "Rude"}), encoding="utf-8")
    assert check_plugin(str(tmp_path / "plugin.py"), agents=False) == []


def test_tools_are_called_in_the_worlds_of_the_scenarios_that_a_package_ships(tmp_path: Path, alone: None) -> None:
    package = tmp_path / "desk"
    for shared in ("axes", "rewards", "users"):
        shutil.copytree(HERE.parents[1] / "scenarios" / shared, package / "scenarios" / "shared" / shared)
    for name in ("wrapping-desk.yaml", "parcels.yaml"):
        text = (HERE / name).read_text(encoding="utf-8").replace("../../scenarios/", "shared/")
        (package / "scenarios" / name).write_text(text, encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    for which, sound in (("sound", True), ("raises where a label is drawn", False)):
        if_drawn = "" if sound else '    if not parcel["label"].startswith("text"):\n        raise KeyError(which)\n'
        source = changed("parcels.py", SET, if_drawn.replace("which", repr(which)) + SET)
        (package / "rlve.py").write_text(source, encoding="utf-8")
        found = check_plugin(str(package / "rlve.py"))
        assert found == [] if sound else found[0].startswith("tool `parcel.wrap` of desk: KeyError"), found
