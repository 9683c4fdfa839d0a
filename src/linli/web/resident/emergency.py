"""Words that mean: call first, write afterwards (紧急情况). Said on top of the page, never in the way."""

import re
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Number(NamedTuple):
    """A number to call and what for."""

    number: str
    words: "StrOrPromise"


NUMBERS = {
    "119": Number("119", _("火灾、漏气、有人被困")),
    "120": Number("120", _("有人受伤、晕倒、急病")),
    "110": Number("110", _("有人受到伤害或威胁")),
}

SIGNS = {
    "119": re.compile(
        "火灾|失火|着火|起火|冒烟|浓烟|爆炸|煤气味|煤气泄|煤气漏|漏煤气|漏气|燃气泄|天然气泄|燃气味|被困|困人|困在电梯|溺水|落水"
        "|坍塌|倒塌|塌了|山洪|泥石流|触电|漏电|on fire|gas leak|smell gas|explosion|trapped|drown"
        "|མེ་ཤོར|མེ་སྐྱོན|མེ་འབར",
        re.IGNORECASE,
    ),
    "120": re.compile(
        "晕倒|昏倒|昏迷|不省人事|没有呼吸|没呼吸|喘不上气|呼吸困难|胸痛|心梗|中风|大出血|流血|骨折|摔伤|受伤|烫伤|烧伤|煤气中毒"
        "|食物中毒|中毒|喝农药|自杀|轻生|跳楼|快生了|羊水|抽搐|触电|溺水|unconscious|bleeding|not breathing"
        "|heart attack|injured"
        "|རྨས་སྐྱོན|དྲན་མེད",
        re.IGNORECASE,
    ),
    "110": re.compile(
        "打架|打人|家暴|殴打|持刀|拿刀|砍人|杀人|抢劫|抢东西|入室|小偷|盗窃|跟踪|骚扰|性侵|强奸|绑架|走失|失踪|拐卖|威胁|自杀|跳楼"
        "|stabb|robber|burglar|kidnap|assault|being beaten"
        "|རྐུན་མ",
        re.IGNORECASE,
    ),
}


def numbers_for(text: str) -> list[Number]:
    """Return the numbers that the words call for, in the order of the table."""
    return [NUMBERS[number] for number, sign in SIGNS.items() if sign.search(text)]
