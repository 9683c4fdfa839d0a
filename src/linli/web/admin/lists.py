"""The lists of the administrator and the auditor."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.people.rules import PURPOSE_LABELS, Purpose
from linli.staff.queries import UnitKind
from linli.web.lists import Column, Filter, List, state_cell

VERBS = {
    "create_account": gettext_lazy("开户"),
    "set_password": gettext_lazy("改密码"),
    "change_preferences": gettext_lazy("改偏好"),
    "close_account": gettext_lazy("停用账号"),
    "reopen_account": gettext_lazy("恢复账号"),
    "reset_second_factor": gettext_lazy("重设双重验证"),
    "unlock": gettext_lazy("解除锁定"),
    "create_unit": gettext_lazy("设立单位"),
    "change_unit": gettext_lazy("更改单位"),
    "close_unit": gettext_lazy("停用单位"),
    "appoint": gettext_lazy("任岗"),
    "end_post": gettext_lazy("离岗"),
    "set_role_rule": gettext_lazy("改角色规则"),
    "import_areas": gettext_lazy("导入区划代码"),
    "import_grids": gettext_lazy("导入网格"),
    "edit_category": gettext_lazy("更改分类"),
    "add_category": gettext_lazy("新增分类"),
    "retire_category": gettext_lazy("停用分类"),
    "add_rule": gettext_lazy("新增派单规则"),
    "change_rule": gettext_lazy("更改派单规则"),
    "retire_rule": gettext_lazy("停用派单规则"),
    "move_rule": gettext_lazy("调整规则顺序"),
    "put_rules_in_force": gettext_lazy("启用规则草稿"),
    "import_rules": gettext_lazy("导入责任清单"),
    "set_duties": gettext_lazy("更改社区职责清单"),
    "set_duty_mode": gettext_lazy("更改职责清单的作用"),
    "set_emergency_words": gettext_lazy("更改紧急词"),
    "edit_reply": gettext_lazy("更改不予受理答复"),
    "create_key": gettext_lazy("发放密钥"),
    "revoke_key": gettext_lazy("吊销密钥"),
    "add_vendor": gettext_lazy("接入厂商平台"),
    "revoke_vendor": gettext_lazy("停用厂商平台"),
    "keep_body": gettext_lazy("登记外部单位"),
    "close_body": gettext_lazy("停用外部单位"),
    "open_file": gettext_lazy("打开附件"),
    "resend_notice": gettext_lazy("重发通知"),
    "change_text": gettext_lazy("改通知模板"),
    "begin_again": gettext_lazy("恢复通知模板"),
    "set_quiet_hours": gettext_lazy("改免打扰时段"),
    "add_gateway": gettext_lazy("接入发送通道"),
    "stop_gateway": gettext_lazy("停用发送通道"),
    "try_gateway": gettext_lazy("测试发送通道"),
    "add_subscriber": gettext_lazy("新增订阅方"),
    "change_subscriber": gettext_lazy("更改订阅"),
    "stop_subscriber": gettext_lazy("停用订阅"),
    "try_subscriber": gettext_lazy("测试推送"),
    "redeliver": gettext_lazy("重新推送"),
    "redeliver_all": gettext_lazy("全部重新推送"),
    "drop_old": gettext_lazy("清理旧通知"),
}
DETAIL_MAX = 300


def verb_label(stage: str, verb: str) -> str:
    """Name what was done; a verb without a name of its own shows as it is written (审计动作名)."""
    return str(VERBS.get(verb, f"{stage}.{verb}"))


def _who(row: Any) -> str:
    return row.by_words or getattr(row, "by_name", None) or (_("系统") if row.by_post_id is None else row.by_post_id)


def _detail(row: Any) -> str:
    return json.dumps(row.detail, ensure_ascii=False)[:DETAIL_MAX] if row.detail else ""


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
    url="/admin/units/KEY/",
    columns=(
        Column(key="name", label=gettext_lazy("名称"), is_main=True, sort="name"),
        Column(key="kind", label=gettext_lazy("类型"), value=lambda row: _(row.get_kind_display())),
        Column(key="code", label=gettext_lazy("单位代码"), sort="code"),
        Column(key="area", label=gettext_lazy("区域代码"), value=lambda row: row.area_code, sort="area_code"),
        Column(key="phone", label=gettext_lazy("值班电话")),
        Column(
            key="is_active",
            label=gettext_lazy("状态"),
            cell=lambda row: (
                state_cell(_("在用"), "circle-check") if row.is_active else state_cell(_("已停用"), "lock", "over")
            ),
        ),
    ),
    filters=(
        Filter(
            key="kind",
            label=gettext_lazy("类型"),
            choices=lambda _request: [(kind.value, _(kind.label)) for kind in UnitKind],
            fields=("kind",),
            is_tabs=True,
        ),
        Filter(key="q", label=gettext_lazy("名称"), kind="words", fields=("name", "code", "area_code")),
    ),
    live="",
    empty_title=gettext_lazy("还没有单位"),
)

AUDIT = List(
    name="audit",
    title=gettext_lazy("审计记录"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="verb", label=gettext_lazy("做了什么"), value=lambda row: verb_label(row.stage, row.verb)),
        Column(key="subject", label=gettext_lazy("对象")),
        Column(key="by_words", label=gettext_lazy("谁"), value=_who),
        Column(key="reason", label=gettext_lazy("原因")),
        Column(key="detail", label=gettext_lazy("细节"), value=_detail, is_extra=True),
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
