"""A responsibility list to look at: drafts only, so that the made-up lives go on as they are (演示责任清单)."""

from datetime import datetime

from demo.bodies import Staff
from linli.routing import actions as routing
from linli.routing.actions import Terms
from linli.routing.rules import RuleState

# What, at which hours, to which department.
DRAFTS = (
    ("0201", "", "GS", "停水由供水公司直接受理"),
    ("0202", "", "GD", "停电由供电公司直接受理"),
    ("0203", "", "RQ", "燃气由燃气公司直接受理"),
    ("0501", "非工作时间", "CG", "下班以后的占道经营由城管值班接"),
    ("0502", "", "JJ", "违规停车由交警大队受理"),
)


def draft(crew: Staff, *, at: datetime) -> None:
    """Leave a few drafts on the list, to be tried and replayed (草稿)."""
    for category, hours, department, note in DRAFTS:
        terms = Terms(
            unit_id=crew.departments[department].pk,
            category_code=category,
            hours=hours,
            note=note,
            state=RuleState.DRAFT,
        )
        routing.add_rule(terms=terms, at=at, reason="演示")
