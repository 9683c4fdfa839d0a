"""What was found at the door, and what follows from it (结果)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a call ends; ``tag_code`` is the need tag it suggests, a person decides."""

    code: str
    label: str
    was_needed: bool
    needs_visit: bool
    tag_code: str = ""
    asks_case: bool = False


# domain.md §5: 8 % of presses were true rescues; the others are normal, cheap to close and counted without blame.
OUTCOMES: tuple[Outcome, ...] = (
    Outcome("MISTAKE", "误按", was_needed=False, needs_visit=False),
    Outcome("FALL", "跌倒", was_needed=True, needs_visit=True, tag_code="DEPENDENT_CARE"),
    Outcome("ILLNESS", "突发疾病", was_needed=True, needs_visit=True, tag_code="CHRONIC_CARE"),
    Outcome("FIRE_GAS", "火情或燃气", was_needed=True, needs_visit=True, asks_case=True),
    Outcome("COMPANY", "想找人说话", was_needed=True, needs_visit=True, tag_code="LIVES_ALONE"),
    Outcome("HELP", "生活上要帮忙", was_needed=True, needs_visit=True, asks_case=True),
    Outcome("HOSPITAL", "已送医院", was_needed=True, needs_visit=True),
    Outcome("TEST", "试按", was_needed=False, needs_visit=False),
    Outcome("FAULT", "设备故障", was_needed=False, needs_visit=False),
    Outcome("NOT_FOUND", "没有找到人", was_needed=True, needs_visit=True),
    Outcome("OTHER", "其他", was_needed=True, needs_visit=True),
)
OUTCOMES_BY_CODE: dict[str, Outcome] = {outcome.code: outcome for outcome in OUTCOMES}
