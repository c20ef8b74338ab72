"""Money, days and percentages: how they are spelt in every language of the project, and how they are written.

Money is a whole number of cents and a percentage a whole number of hundredths of a percent, so that sums are exact.
"""

from __future__ import annotations

import math
import re
from typing import Literal

Unit = Literal["money", "days", "percent"]

# The terminals of the three in a Lark grammar. Every grammar has them (see `parser_of`).
TERMINALS = r"""
DOLLARS: /\$[0-9]+(\.[0-9]{1,2})?(?![0-9.])/
PERCENT.3: /[0-9]+(\.[0-9]+)?%/
DAYS.3: /[0-9]+[ ]+days?\b/
"""

_MONEY = re.compile(r"(-?)\$([0-9]+)(?:\.([0-9]{1,2}))?")
_PERCENT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2})0*)?%")
_DAYS = re.compile(r"(-?)([0-9]+) +days?")


def parse_money(text: str) -> int:
    """Read an amount of money as cents.

    >>> parse_money("$12.99"), parse_money("$5.9"), parse_money("-$3")
    (1299, 590, -300)

    Raises:
        ValueError: The text is not an amount of money.
    """
    return _read(_MONEY, text, 100)


def parse_percent(text: str) -> int:
    """Read a percentage as hundredths of a percent.

    >>> parse_percent("15%"), parse_percent("12.5%")
    (1500, 1250)

    Raises:
        ValueError: The text is not a percentage, or has parts of a hundredth.
    """
    return _read(_PERCENT, text, 100)


def parse_share(text: str) -> float:
    """Read a percentage, of any precision, as the share that it is.

    >>> parse_share("12.5%")
    0.125
    """
    return float(text.removesuffix("%")) / 100


def parse_days(text: str) -> int:
    """Read a number of days.

    >>> parse_days("30 days"), parse_days("1 day")
    (30, 1)

    Raises:
        ValueError: The text is not a number of days.
    """
    return _read(_DAYS, text, 1)


def _read(spelling: re.Pattern[str], text: str, scale: int) -> int:
    found = spelling.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a quantity of this unit")
    sign, whole, *part = found.groups(default="")
    value = int(whole) * scale + (int(part[0].ljust(2, "0")) if part else 0)
    return -value if sign else value


def format_money(cents: int, *, short: bool = False) -> str:
    """Write cents as dollars; `short` leaves out cents that are zero.

    >>> format_money(1299), format_money(2000), format_money(2000, short=True), format_money(-590)
    ('$12.99', '$20.00', '$20', '-$5.90')
    """
    dollars, part = divmod(abs(int(cents)), 100)
    return f"{_sign(cents)}${dollars}" + ("" if short and not part else f".{part:02d}")


def format_percent(hundredths: int) -> str:
    """Write hundredths of a percent.

    >>> format_percent(1500), format_percent(1550), format_percent(5)
    ('15%', '15.5%', '0.05%')
    """
    whole, part = divmod(abs(hundredths), 100)
    return f"{_sign(hundredths)}{whole}" + (f".{part:02d}".rstrip("0") if part else "") + "%"


def format_days(days: int) -> str:
    """Write a number of days.

    >>> format_days(1), format_days(30)
    ('1 day', '30 days')
    """
    return f"{days} day" if days == 1 else f"{days} days"


_COUNTED = 99  # days; nobody has a larger number in mind without having counted


def format_ago(days: int) -> str:
    """Say how long ago something was, as a person says it.

    >>> format_ago(0), format_ago(1), format_ago(30), format_ago(985)
    ('today', 'yesterday', '30 days ago', '985 days ago to the day')
    """
    if days in (0, 1):
        return ("today", "yesterday")[days]
    return f"{format_days(days)} ago" + " to the day" * (days > _COUNTED)


def format_number(value: float) -> str:
    """Write a real with six significant digits, never in powers of ten.

    >>> format_number(1 / 3), format_number(1e6), format_number(-0.0)
    ('0.333333', '1000000', '0')
    """
    text = f"{value:.6g}"
    if "e" in text:
        text = f"{float(text):.12f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def with_unit(number: str, unit: Unit) -> str:
    """Write a number that an author left without its unit.

    >>> with_unit("5", "money"), with_unit("1", "days"), with_unit("5", "percent")
    ('$5', '1 day', '5%')
    """
    if unit == "days":
        return f"{number} day{'' if number == '1' else 's'}"
    return f"${number}" if unit == "money" else f"{number}%"


def cents_of(dollars: float) -> int:
    """The cents of a number of dollars, as JSON and data files give them; half a cent counts as one.

    >>> cents_of(12.99), cents_of(0.005)
    (1299, 1)
    """
    return math.floor(dollars * 100 + 0.5)


def _sign(value: int) -> str:
    return "-" if value < 0 else ""
