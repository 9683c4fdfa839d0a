"""The lists of the administrator and the auditor."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.people.rules import PURPOSE_LABELS, Purpose
from linli.web.lists import Column, Filter, List, state_cell

ACCOUNTS = List(
    name="accounts",
    title=gettext_lazy("账号"),
    order="username",
    url="/admin/accounts/KEY/",
    columns=(
        Column(key="name", label=gettext_lazy("姓名"), is_main=True, sort="name"),
        Column(key="username", label=gettext_lazy("用户名"), sort="username"),
        Column(
            key="is_active",
            label=gettext_lazy("状态"),
            cell=lambda row: (
                state_cell(_("可登录"), "circle-check") if row.is_active else state_cell(_("已停用"), "lock", "over")
            ),
        ),
        Column(key="last_login", label=gettext_lazy("最近登录"), is_extra=True),
    ),
    filters=(Filter(key="q", label=gettext_lazy("姓名或用户名"), kind="words", fields=("name", "username")),),
    live="",
    empty_title=gettext_lazy("还没有账号"),
)

UNITS = List(
    name="units",
    title=gettext_lazy("单位"),
    order="area",
    columns=(
        Column(key="name", label=gettext_lazy("名称"), is_main=True, sort="name"),
        Column(key="kind", label=gettext_lazy("类型"), value=lambda row: row.get_kind_display()),
        Column(key="code", label=gettext_lazy("单位代码"), sort="code"),
        Column(key="area", label=gettext_lazy("区域代码"), value=lambda row: row.area_code, sort="area_code"),
        Column(key="phone", label=gettext_lazy("值班电话")),
    ),
    filters=(Filter(key="q", label=gettext_lazy("名称"), kind="words", fields=("name", "code")),),
    live="",
    empty_title=gettext_lazy("还没有单位"),
)

AUDIT = List(
    name="audit",
    title=gettext_lazy("审计记录"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="verb", label=gettext_lazy("做了什么"), value=lambda row: f"{row.stage}.{row.verb}"),
        Column(key="subject", label=gettext_lazy("对象")),
        Column(key="by_words", label=gettext_lazy("谁"), value=lambda row: row.by_words or row.by_post_id or ""),
        Column(key="reason", label=gettext_lazy("原因")),
    ),
    filters=(
        Filter(key="q", label=gettext_lazy("对象或动作"), kind="words", fields=("subject", "verb", "by_words")),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有记录"),
)

LOOKS = List(
    name="looks",
    title=gettext_lazy("访问记录"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="viewer_words", label=gettext_lazy("谁看的")),
        Column(key="purpose", label=gettext_lazy("目的"), value=lambda row: _(PURPOSE_LABELS[Purpose(row.purpose)])),
        Column(key="resident_id", label=gettext_lazy("居民编号")),
        Column(key="subject", label=gettext_lazy("事由")),
    ),
    filters=(
        Filter(key="q", label=gettext_lazy("谁看的"), kind="words", fields=("viewer_words", "subject")),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有记录"),
)
