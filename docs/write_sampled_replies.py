"""Write docs/sampled-replies.md: openings and replies of the shopper in every shipped environment, at several levels.

python docs/write_sampled_replies.py
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rlve_dsl.episode import Action, Episode, Scenario, ScenarioReference
from rlve_dsl.user import Role, ScriptedUser

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("sampled-replies.md")
COLLECTIONS = (
    "c8.yaml", "first-steps.yaml", "examples/gifts.yaml", "examples/reorders.yaml", "examples/send-backs.yaml",
    "examples/warranty.yaml",
)  # fmt: skip
LEVELS = (0, 1, 3, 5, 7, 9, 12)
TEXTS = 200
HEAD = """\
# Sampled replies

What the shopper of each shipped environment says: openings, and replies to an agent that asks for everything in one message.
Levels, seeds and tones take turns. The script `docs/write_sampled_replies.py` writes this page; [the shopper's
speech](shopper-speech.md) says how the words are made. Typing slips become frequent at high levels; they never touch a value.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    environments = [(scenario, name) for scenario in _scenarios() for name in scenario.environments]
    each, more = divmod(TEXTS, len(environments))
    for place, (scenario, name) in enumerate(environments):
        count = each + (place < more)
        parts.append(f"\n## {scenario.name}: {name}\n\n" + "".join(_texts(scenario, name, count)))
    return "".join(parts)


def _scenarios() -> list[Scenario]:
    return [ScenarioReference(str(ROOT / "scenarios" / path)).load() for path in COLLECTIONS]


def _texts(scenario: Scenario, name: str, count: int) -> Iterator[str]:
    """List entries: openings, each followed by the reply to its questions where there are any."""
    seed = 0
    while count > 0:
        level = LEVELS[seed % len(LEVELS)]
        roles: list[Role] = []
        episode = scenario.reset(name, level=level, seed=seed, user=partial(_user, roles))
        yield f"- level {level}, {roles[0].tone}: {_quoted(episode.opening)}\n"
        count -= 1
        if count > 0 and (reply := _reply(episode)):
            yield f"  - asked for the rest: {_quoted(reply)}\n"
            count -= 1
        seed += 1


def _user(roles: list[Role], role: Role) -> ScriptedUser:
    roles.append(role)
    return ScriptedUser(role)


def _reply(episode: Episode) -> str:
    questions = [question for part in episode.open_parts for _, _, question in part.questions()]
    if not questions:
        return ""
    observation = episode.step(Action(" ".join(questions))).observation
    return "\n".join(message["content"] for message in observation.messages if message["role"] == "user")


def _quoted(text: str) -> str:
    return " / ".join(text.splitlines())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
