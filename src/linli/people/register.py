"""The register of every personal field in the whole system: why it is kept, on what basis, how long, who sees it.

A contract test walks all tables: a field that looks personal and stands neither here nor among the fields that only
look so fails the test. Sources: PIPL articles 6, 13, 17, 19 (purpose, basis, notice, retention); domain.md §8.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One field, or one kind of text, that says something about a person (个人信息字段)."""

    model: str
    field: str
    purpose: str
    basis: str
    kept: str
    seen_by: str


CONSENT = "本人同意（个人信息保护法第十三条第一款第一项）"
SEPARATE = "单独同意（个人信息保护法第二十九条）；未满十四周岁由监护人同意（第三十一条）"
DUTY = "履行法定职责（个人信息保护法第十三条第一款第三项；政务服务便民热线有关规定）"
STAFF = "人力资源管理和网络安全管理所必需（个人信息保护法第十三条第一款第二项、第三项）"

WHILE_LIVING_HERE = "居住期间；迁出或撤回同意后停止使用，联系方式当即抹除"
THREE_YEARS = "三年，到期自动抹除"
WITH_THE_CASE = "随工单档案保存，公开和统计时遮盖或聚合"
UNTIL_ARCHIVED = "结案后五年（LINLI_ARCHIVE_YEARS），到期归档：抹除，位置只留到网格"
WHILE_IN_POST = "在职期间；离职后停用，随审计保留"
THREE_YEARS_OR_MORE = "不少于三年，只增不改"
SIX_MONTHS_OR_MORE = "不少于六个月"

NEIGHBOURHOOD = "责任区域内的网格员、社工、街道，说明目的后打开，每次留记录"
CASE_DESKS = "办理该诉求的岗位，说明目的和工单号后打开，每次留记录"
CASE_READERS = "负责该区域或被叫到该工单的岗位"
CALL_RESPONDERS = "被通知到这次呼叫的岗位和该区域的岗位，以紧急救助为由打开，每次留记录，事后告诉本人"
ADMINISTRATORS = "本人、系统管理员"
AUDITORS = "本人可查；审计员"


def _of(model: str, fields: str, *, purpose: str, basis: str, kept: str, seen_by: str) -> tuple[PersonalField, ...]:
    return tuple(PersonalField(model, name, purpose, basis, kept, seen_by) for name in fields.split())


REGISTER: tuple[PersonalField, ...] = (
    *_of(
        "people.Resident",
        "name_sealed name_index birth_year sex language",
        purpose="登记居住信息，按需要提供社区服务",
        basis=CONSENT,
        kept=WHILE_LIVING_HERE,
        seen_by=NEIGHBOURHOOD,
    ),
    *_of(
        "people.Membership",
        "resident household relation",
        purpose="知道谁和谁住在一起，上门服务时找对人",
        basis=CONSENT,
        kept=WHILE_LIVING_HERE,
        seen_by=NEIGHBOURHOOD,
    ),
    *_of(
        "people.Household",
        "address lng lat",
        purpose="上门服务和应急时找到门",
        basis=DUTY,
        kept="长期，作为房屋信息",
        seen_by="责任区域内的网格员、社工、街道",
    ),
    *_of(
        "people.ContactPoint",
        "resident contact_sealed phone_index email_index",
        purpose="就居民自己的诉求或服务和本人联系",
        basis=CONSENT,
        kept=THREE_YEARS,
        seen_by=CASE_DESKS,
    ),
    *_of(
        "people.Need",
        "resident household ended_reason",
        purpose="每个需求标签自己写明的用途",
        basis=f"{CONSENT}；健康、残疾等：{SEPARATE}",
        kept="到期、结束或撤回同意为止；结束后只留历史",
        seen_by=NEIGHBOURHOOD,
    ),
    *_of(
        "people.Consent",
        "resident household giver withdrawn_reason",
        purpose="证明同意是谁、什么时候、为什么给的，以及撤回",
        basis=DUTY,
        kept=THREE_YEARS_OR_MORE,
        seen_by=NEIGHBOURHOOD,
    ),
    *_of(
        "people.Look",
        "resident household contact_point viewer_words subject",
        purpose="让本人知道谁看过自己的资料",
        basis=DUTY,
        kept=THREE_YEARS_OR_MORE,
        seen_by=AUDITORS,
    ),
    *_of(
        "intake.Appeal",
        "title text address lng lat language contact photo_ids external_number",
        purpose="原样记录诉求并找到地方办理",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "case.Case",
        "title address lng lat rating",
        purpose="办理诉求、回访、统计三率",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "case.Event",
        "reason detail",
        purpose="工单流转记录",
        basis=DUTY,
        kept=WITH_THE_CASE,
        seen_by=CASE_READERS,
    ),
    *_of(
        "shared.Attachment",
        "name",
        purpose="随工单保存的文件，由工作人员上传，居民看不到",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "shared.Export",
        "by_words reason",
        purpose="谁导出了什么、为了什么",
        basis=STAFF,
        kept=THREE_YEARS_OR_MORE,
        seen_by="审计员、系统管理员",
    ),
    *_of("case.Assignment", "post", purpose="单位内部分工", basis=STAFF, kept=WITH_THE_CASE, seen_by=CASE_READERS),
    *_of(
        "case.Supervision",
        "words clear_reason",
        purpose="督办记录",
        basis=DUTY,
        kept=WITH_THE_CASE,
        seen_by=CASE_READERS,
    ),
    *_of(
        "handling.Application",
        "reason ruling",
        purpose="为什么申请延期、挂账、退单、免责，怎么裁定的",
        basis=DUTY,
        kept=WITH_THE_CASE,
        seen_by=CASE_READERS,
    ),
    *_of(
        "case.Wording",
        "pieces",
        purpose="按词查找工单；由诉求和流转记录编成，不能还原",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of("whistle.Whistle", "message", purpose="吹哨时的说明", basis=DUTY, kept=UNTIL_ARCHIVED, seen_by=CASE_READERS),
    *_of(
        "whistle.Called",
        "words photo_ids",
        purpose="报到、退哨、协办完成的说明和照片",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "whistle.Dispute", "words", purpose="说明为什么不归本单位", basis=DUTY, kept=WITH_THE_CASE, seen_by=CASE_READERS
    ),
    *_of("whistle.Ruling", "words", purpose="裁定的理由", basis=DUTY, kept=WITH_THE_CASE, seen_by=CASE_READERS),
    *_of(
        "handling.Task",
        "words result photo_ids",
        purpose="子任务的要求、结果和照片",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "confirm.Confirmation",
        "rating reason",
        purpose="居民对结果的确认和评价",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "confirm.CallBackTry",
        "spoke_with words",
        purpose="回访时和谁说的、怎么说的",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "confirm.NoCall",
        "contact",
        purpose="反映人不愿再被联系时，不打电话、不发通知",
        basis=DUTY,
        kept=WITH_THE_CASE,
        seen_by=CASE_READERS,
    ),
    *_of(
        "outside.Body",
        "contact language",
        purpose="请外部单位协助时和它联系",
        basis=DUTY,
        kept="在用期间，停用或换号以后三年，到期自动抹除",
        seen_by="无人可见，只由系统发送通知时打开，每次留记录",
    ),
    *_of(
        "outside.Asked",
        "words answer",
        purpose="请外部单位做的事和它的答复；不写居民姓名、电话",
        basis=DUTY,
        kept=UNTIL_ARCHIVED,
        seen_by=CASE_READERS,
    ),
    *_of(
        "call.Holding",
        "resident address entrance lng lat notes_sealed ended_words",
        purpose="有人按下呼叫时，找到人、找到门、进得去",
        basis=SEPARATE,
        kept="设备收回为止；收回后房屋说明当即抹除",
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.DeviceEvent",
        "words detail",
        purpose="设备什么时候发放、更换、收回，为什么",
        basis=DUTY,
        kept=THREE_YEARS_OR_MORE,
        seen_by="管理这台设备的街道、社区、网格和区中心",
    ),
    *_of(
        "call.HoldingContact",
        "contact relation",
        purpose="本人同意时，呼叫没有人应就通知家属",
        basis=SEPARATE,
        kept="设备收回为止",
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.Press",
        "lng lat",
        purpose="本人单独同意定位时，知道人在哪里",
        basis=SEPARATE,
        kept=THREE_YEARS,
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.CallEvent",
        "words detail",
        purpose="呼叫怎么来的、谁接应、到场看到什么",
        basis=DUTY,
        kept=THREE_YEARS_OR_MORE,
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.FollowUp",
        "words",
        purpose="呼叫以后上门看望的记录",
        basis=DUTY,
        kept=THREE_YEARS_OR_MORE,
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.Told",
        "contact_id",
        purpose="通知了谁、有没有送到",
        basis=DUTY,
        kept=THREE_YEARS,
        seen_by=CALL_RESPONDERS,
    ),
    *_of(
        "call.PushSubscription",
        "account device_words",
        purpose="工作人员自己开通的手机推送",
        basis=STAFF,
        kept="本人关闭或设备失效为止",
        seen_by="无人可见，只由系统推送时打开",
    ),
    *_of(
        "notice.Notice",
        "places language",
        purpose="通知办理情况；只存编号、分类、社区、期限，不存联系方式和诉求内容",
        basis=DUTY,
        kept="四百天，到期自动删除",
        seen_by="本单位、系统管理员",
    ),
    *_of(
        "staff.Account",
        "username name phone email language password",
        purpose="工作人员登录、留名和联系",
        basis=STAFF,
        kept=WHILE_IN_POST,
        seen_by=ADMINISTRATORS,
    ),
    *_of(
        "staff.Post",
        "account title",
        purpose="谁以什么岗位负责什么区域",
        basis=STAFF,
        kept=WHILE_IN_POST,
        seen_by="全体工作人员",
    ),
    *_of(
        "shared.AuditEntry",
        "subject by_words reason detail",
        purpose="记录谁改了什么；不写居民姓名，只写编号",
        basis=STAFF,
        kept=THREE_YEARS_OR_MORE,
        seen_by="审计员",
    ),
    *_of(
        "mfa.Authenticator",
        "data",
        purpose="双重验证的密钥（加密保存）",
        basis=STAFF,
        kept=WHILE_IN_POST,
        seen_by="无人可见",
    ),
    *_of(
        "axes.AccessAttempt",
        "username ip_address user_agent get_data post_data",
        purpose="发现和阻止猜密码；不存密码",
        basis=STAFF,
        kept=SIX_MONTHS_OR_MORE,
        seen_by="系统管理员",
    ),
    *_of(
        "axes.AccessFailureLog",
        "username ip_address user_agent",
        purpose="发现和阻止猜密码",
        basis=STAFF,
        kept=SIX_MONTHS_OR_MORE,
        seen_by="系统管理员",
    ),
    *_of(
        "axes.AccessLog",
        "username ip_address user_agent",
        purpose="登录记录",
        basis=STAFF,
        kept=SIX_MONTHS_OR_MORE,
        seen_by="系统管理员",
    ),
    *_of(
        "sessions.Session",
        "session_data",
        purpose="保持登录",
        basis=STAFF,
        kept="退出或十二小时为止",
        seen_by="无人可见",
    ),
)
