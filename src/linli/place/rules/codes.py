"""Area codes: a jurisdiction is a prefix (区域编码).

District 6 digits, street 9, community 12 (the statistical code without its closing zeros), then grid and building.
A grid adds three digits (GB/T 30428.1) or two (the older CJ/T 213); a building adds five to its grid.
"""

import re
from enum import StrEnum

from linli.shared.refusals import Refused

CODE_LENGTH_MAX = 20
GRID_DIGITS = (2, 3)
BUILDING_DIGITS = 5
DIGITS = re.compile(r"[0-9]+\Z")


class Level(StrEnum):
    """How deep an area lies in the tree (层级)."""

    DISTRICT = "DISTRICT"
    STREET = "STREET"
    COMMUNITY = "COMMUNITY"
    GRID = "GRID"
    BUILDING = "BUILDING"


LEVEL_LABELS: dict[Level, str] = {
    Level.DISTRICT: "区县",
    Level.STREET: "街道",
    Level.COMMUNITY: "社区",
    Level.GRID: "网格",
    Level.BUILDING: "楼栋",
}
LENGTHS: dict[Level, tuple[int, ...]] = {
    Level.DISTRICT: (6,),
    Level.STREET: (9,),
    Level.COMMUNITY: (12,),
    Level.GRID: tuple(12 + digits for digits in GRID_DIGITS),
    Level.BUILDING: tuple(12 + digits + BUILDING_DIGITS for digits in GRID_DIGITS),
}
LEVEL_BY_LENGTH = {length: level for level, lengths in LENGTHS.items() for length in lengths}
DEPTH = {level: depth for depth, level in enumerate(Level)}


def level_of(code: str) -> Level:
    """Return how deep the code lies in the tree (层级).

    Raises:
        Refused: this is no area code.
    """
    level = LEVEL_BY_LENGTH.get(len(code))
    if level is None or not DIGITS.match(code):
        raise Refused("区域编码应为 6、9、12、14–15 或 19–20 位数字。")
    return level


def fits(code: str) -> bool:
    """Tell whether this is written like an area code."""
    return len(code) in LEVEL_BY_LENGTH and DIGITS.match(code) is not None


def parent(code: str) -> str:
    """Return the code of the area around this one, empty for a district (上级编码)."""
    level = level_of(code)
    if level is Level.BUILDING:
        return code[:-BUILDING_DIGITS]
    if level is Level.GRID:
        return code[:12]
    return code[: len(code) - 3] if level is not Level.DISTRICT else ""


def ancestors(code: str) -> tuple[str, ...]:
    """Return the codes around this one, nearest first, without itself (上级链)."""
    found: list[str] = []
    above = parent(code)
    while above:
        found.append(above)
        above = parent(above)
    return tuple(found)


def from_official(code: str) -> str:
    """Return our code for a statistical code of 6, 9 or 12 digits: closing zeros fall away (统计用区划代码).

    Raises:
        Refused: this is no statistical code of a district, street or community.
    """
    if len(code) not in {6, 9, 12} or not DIGITS.match(code):
        raise Refused("统计用区划代码应为 12 位数字。")
    padded = code.ljust(12, "0")
    if padded[9:] != "000":
        return padded
    return padded[:9] if padded[6:9] != "000" else padded[:6]
