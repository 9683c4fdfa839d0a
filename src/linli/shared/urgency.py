"""How pressing an appeal is (紧急程度)."""

from enum import StrEnum


class Urgency(StrEnum):
    """The four steps that decide the default deadlines (紧急程度)."""

    URGENT = "URGENT"
    SUPPLY = "SUPPLY"
    GENERAL = "GENERAL"
    COMPLEX = "COMPLEX"


URGENCY_LABELS: dict[Urgency, str] = {
    Urgency.URGENT: "紧急",
    Urgency.SUPPLY: "民生保供",
    Urgency.GENERAL: "一般",
    Urgency.COMPLEX: "复杂",
}
