"""Six ways not to accept a case, each with its reply and what it means for the three rates (不予受理的六种情形).

The one table: it draws the form, the replies' page and the follow page, and decides what the report counts.
"""

from dataclasses import dataclass
from enum import StrEnum

RESPONSE = "response"


class RefusalRoute(StrEnum):
    """In which way a case is not accepted (不予受理情形)."""

    EMERGENCY = "EMERGENCY"
    OTHER_PROCEDURE = "OTHER_PROCEDURE"
    REPEAT = "REPEAT"
    SECRET = "SECRET"  # noqa: S105 -- a way not to accept, no password
    BEYOND_DUTY = "BEYOND_DUTY"
    UNLAWFUL = "UNLAWFUL"


@dataclass(frozen=True, slots=True)
class RefusalWay:
    """One way: what it is called, the reply it comes with, the rates it counts in and why."""

    label: str
    reply: str
    rates: frozenset[str]
    why: str

    @property
    def leaves_rates(self) -> bool:
        """True when the case counts in none of the three rates."""
        return not self.rates


NONE: frozenset[str] = frozenset()
# domain.md §3 names the ways and their replies; what they mean for the rates is ours. A reply that is a matter of duty
# or law is still owed in time, or "not ours" would be the cheapest way to a good score.
REFUSAL_SENTENCES: dict[RefusalRoute, RefusalWay] = {
    RefusalRoute.EMERGENCY: RefusalWay(
        "紧急情况，转 110、119、120、122",
        "您反映的是紧急情况，请立即拨打 110（报警）、119（火警）、120（急救）或 122（交通事故），他们能最快到场。",
        NONE,
        "由报警和急救处理，不是我们办的，三率都不计。",
    ),
    RefusalRoute.OTHER_PROCEDURE: RefusalWay(
        "应走诉讼、仲裁、信访等其他途径",
        "您反映的事项应当通过诉讼、仲裁、行政复议、纪检监察、政府信息公开或信访等途径处理，请向有权处理的机关提出。",
        NONE,
        "法律规定由别的机关处理，三率都不计。",
    ),
    RefusalRoute.REPEAT: RefusalWay(
        "重复反映，没有新的情况",
        "您反映的事项正在办理或者已经办结，没有新的情况。您可以用编号查询进度和结果。",
        NONE,
        "同一件事只计一次，计在先来的那一件上。",
    ),
    RefusalRoute.SECRET: RefusalWay(
        "涉及国家秘密、商业秘密或个人隐私",
        "您反映的内容涉及国家秘密、商业秘密或他人隐私，不能通过这里办理。",
        NONE,
        "不能在这里办理和公开，三率都不计。",
    ),
    RefusalRoute.BEYOND_DUTY: RefusalWay(
        "不属于职责范围",
        "您反映的事项不在我们的职责范围内，请向有关单位或服务机构提出。",
        frozenset({RESPONSE}),
        "答复也有时限：按时答复计入响应率，超时答复照样算没有响应；没有办理，不回访，解决率和满意率不计。",
    ),
    RefusalRoute.UNLAWFUL: RefusalWay(
        "要求违反法律法规",
        "您提出的要求不符合法律法规的规定，我们不能办理，请您理解。",
        frozenset({RESPONSE}),
        "答复也有时限：按时答复计入响应率，超时答复照样算没有响应；没有办理，不回访，解决率和满意率不计。",
    ),
}
LEAVING_RATES = tuple(route.value for route, way in REFUSAL_SENTENCES.items() if way.leaves_rates)
