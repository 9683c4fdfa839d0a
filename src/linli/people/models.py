"""Tables of those who live here; nobody outside this stage reads them, access.py is the one door (人)."""

from django.db import models
from django.db.models import Q

AREA = Q(area_code__regex=r"^[0-9]{6,20}$")
ONE_OF_TWO = Q(resident__isnull=False, household__isnull=True) | Q(resident__isnull=True, household__isnull=False)


class Household(models.Model):
    """People at one door (户)."""

    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    address = models.CharField("门牌", max_length=120)
    lng = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    visited_at = models.DateTimeField("最近走访", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")
    left_on = models.DateField("迁出日期", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AREA, name="people_household_area"),
            models.UniqueConstraint(
                fields=["area_code", "address"], condition=Q(left_on__isnull=True), name="people_household_once"
            ),
            models.CheckConstraint(
                condition=Q(lng__isnull=True, lat__isnull=True) | Q(lng__isnull=False, lat__isnull=False),
                name="people_household_point",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "id"], name="people_household_area_idx")]

    def __str__(self) -> str:
        return f"户 {self.pk}"


class Resident(models.Model):
    """One person who lives here; the name is encrypted and found again only when typed in full (居民)."""

    class Sex(models.TextChoices):
        """What the person chose to tell."""

        FEMALE = "F", "女"
        MALE = "M", "男"
        UNSAID = "", "未填"

    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    name_sealed = models.BinaryField("姓名（加密）")
    name_index = models.BinaryField("姓名索引", max_length=32)
    birth_year = models.PositiveSmallIntegerField("出生年份", null=True, blank=True)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices, blank=True, default="")
    language = models.CharField("沟通语言", max_length=10, default="zh-hans")
    link_version = models.PositiveIntegerField("查看链接版本", default=1)
    created_at = models.DateTimeField("登记时间")
    left_on = models.DateField("迁出或注销日期", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AREA, name="people_resident_area"),
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__gte=1890, birth_year__lte=2200),
                name="people_resident_birth_year",
            ),
            models.CheckConstraint(condition=Q(sex__in=["F", "M", ""]), name="people_resident_sex"),
        ]
        indexes = [
            models.Index(fields=["area_code", "id"], name="people_resident_area_idx"),
            models.Index(fields=["name_index"], name="people_resident_name_idx"),
        ]

    def __str__(self) -> str:
        return f"居民 {self.pk}"


class Membership(models.Model):
    """A resident belongs to a household, as what, from when until when (户内关系)."""

    class Relation(models.TextChoices):
        """As what."""

        HEAD = "HEAD", "户主"
        SPOUSE = "SPOUSE", "配偶"
        CHILD = "CHILD", "子女"
        PARENT = "PARENT", "父母"
        GRANDPARENT = "GRANDPARENT", "祖父母"
        GRANDCHILD = "GRANDCHILD", "孙辈"
        TENANT = "TENANT", "租客"
        OTHER = "OTHER", "其他"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    relation = models.CharField("关系", max_length=12, choices=Relation.choices, default=Relation.OTHER)
    since_on = models.DateField("开始")
    until_on = models.DateField("结束", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AREA, name="people_membership_area"),
            models.CheckConstraint(
                condition=Q(
                    relation__in=["HEAD", "SPOUSE", "CHILD", "PARENT", "GRANDPARENT", "GRANDCHILD", "TENANT", "OTHER"]
                ),
                name="people_membership_relation",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("since_on")),
                name="people_membership_dates",
            ),
            models.UniqueConstraint(
                fields=["resident", "household"], condition=Q(until_on__isnull=True), name="people_membership_once"
            ),
        ]

    def __str__(self) -> str:
        return f"户 {self.household_id} · 居民 {self.resident_id}"


class ContactPoint(models.Model):
    """How someone wants to be reached, encrypted in one piece; kept for a resident or for one appeal (联系方式)."""

    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, null=True, blank=True, related_name="contact_points"
    )
    area_code = models.CharField("区域代码", max_length=20, db_collation="C", blank=True, default="")
    contact_sealed = models.BinaryField("联系方式（加密）")
    phone_index = models.BinaryField("电话索引", max_length=32, null=True, blank=True)
    email_index = models.BinaryField("邮箱索引", max_length=32, null=True, blank=True)
    created_at = models.DateTimeField("登记时间")
    kept_until = models.DateField("保存至", null=True, blank=True)  # empty while somebody's task depends on it
    erased_at = models.DateTimeField("抹除时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(contact_sealed=b"", phone_index__isnull=True, email_index__isnull=True),
                name="people_contactpoint_erased",
            )
        ]
        indexes = [
            models.Index(
                fields=["phone_index"], condition=Q(phone_index__isnull=False), name="people_contact_phone_idx"
            ),
            models.Index(fields=["kept_until"], condition=Q(erased_at__isnull=True), name="people_contact_kept_idx"),
        ]

    def __str__(self) -> str:
        return f"联系方式 {self.pk}"


class NeedTag(models.Model):
    """A coloured service need that a district may record, and on what basis (需求标签)."""

    class Basis(models.TextChoices):
        """On what basis the need is kept."""

        CONSENT = "CONSENT", "本人同意"
        SEPARATE_CONSENT = "SEPARATE_CONSENT", "单独同意"
        LEGAL_DUTY = "LEGAL_DUTY", "法定职责"

    class Bearer(models.TextChoices):
        """Who has the need."""

        RESIDENT = "RESIDENT", "个人"
        HOUSEHOLD = "HOUSEHOLD", "户"

    code = models.CharField("代码", max_length=30, primary_key=True)
    name_zh = models.CharField("名称", max_length=30)
    name_bo = models.CharField("藏文名称", max_length=90, blank=True)
    name_en = models.CharField("英文名称", max_length=60, blank=True)
    bearer = models.CharField("对象", max_length=10, choices=Bearer.choices)
    colour = models.CharField("颜色", max_length=7)
    icon = models.CharField("图标", max_length=30)
    visit_interval_days = models.PositiveSmallIntegerField("走访间隔（天）")
    purpose = models.CharField("使用目的", max_length=120)
    basis = models.CharField("依据", max_length=18, choices=Basis.choices)
    position = models.PositiveSmallIntegerField("次序", default=0)
    retired_on = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(colour__regex=r"^#[0-9a-f]{6}$"), name="people_needtag_colour"),
            models.CheckConstraint(condition=Q(visit_interval_days__gte=1), name="people_needtag_interval"),
            models.CheckConstraint(
                condition=Q(basis__in=["CONSENT", "SEPARATE_CONSENT", "LEGAL_DUTY"]), name="people_needtag_basis"
            ),
            models.CheckConstraint(condition=Q(bearer__in=["RESIDENT", "HOUSEHOLD"]), name="people_needtag_bearer"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class Consent(models.Model):
    """Leave to keep something about someone: who gave it, when, for what, until when (同意)."""

    class Giver(models.TextChoices):
        """Who gave it."""

        SELF = "SELF", "本人"
        GUARDIAN = "GUARDIAN", "监护人"
        HEAD = "HEAD", "户主"

    class Way(models.TextChoices):
        """How it was given."""

        SIGNED = "SIGNED", "书面签字"
        SPOKEN = "SPOKEN", "当面口头"
        ONLINE = "ONLINE", "本人网上"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    giver = models.CharField("谁同意", max_length=10, choices=Giver.choices)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    purpose = models.CharField("使用目的", max_length=120)
    scope = models.CharField("范围", max_length=200)
    is_separate = models.BooleanField("单独同意", default=False)
    given_at = models.DateTimeField("同意时间")
    until_on = models.DateField("有效期至", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    recorded_post_id = models.BigIntegerField("登记岗位", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AREA, name="people_consent_area"),
            models.CheckConstraint(condition=ONE_OF_TWO, name="people_consent_whose"),
            models.CheckConstraint(condition=Q(giver__in=["SELF", "GUARDIAN", "HEAD"]), name="people_consent_giver"),
            models.CheckConstraint(condition=Q(way__in=["SIGNED", "SPOKEN", "ONLINE"]), name="people_consent_way"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("given_at")),
                name="people_consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"同意 {self.pk}"


class Need(models.Model):
    """A need tag on a resident or a household, with its consent and its end (需求)."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, null=True, blank=True, related_name="needs")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="needs")
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    tag = models.ForeignKey(NeedTag, on_delete=models.PROTECT, related_name="needs")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="needs")
    since_on = models.DateField("开始")
    until_on = models.DateField("到期", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_reason = models.CharField("结束原因", max_length=200, blank=True)
    recorded_post_id = models.BigIntegerField("登记岗位", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AREA, name="people_need_area"),
            models.CheckConstraint(condition=ONE_OF_TWO, name="people_need_whose"),
            models.UniqueConstraint(
                fields=["resident", "tag"], condition=Q(ended_at__isnull=True), name="people_need_once_per_resident"
            ),
            models.UniqueConstraint(
                fields=["household", "tag"], condition=Q(ended_at__isnull=True), name="people_need_once_per_household"
            ),
        ]
        indexes = [
            models.Index(fields=["tag", "area_code"], condition=Q(ended_at__isnull=True), name="people_need_tag_idx"),
            models.Index(fields=["consent"], condition=Q(ended_at__isnull=True), name="people_need_consent_idx"),
            models.Index(fields=["until_on"], condition=Q(ended_at__isnull=True), name="people_need_until_idx"),
        ]

    def __str__(self) -> str:
        return f"需求 {self.pk}"


class Look(models.Model):
    """That someone's record was opened: by whom, whose, why, when; written before anything is shown (访问记录)."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, null=True, related_name="looks")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="looks")
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, null=True, related_name="looks")
    area_code = models.CharField("区域代码", max_length=20, db_collation="C", blank=True, default="")
    viewer_post_id = models.BigIntegerField("查看岗位", null=True)
    viewer_unit_id = models.BigIntegerField("查看单位", null=True)
    viewer_words = models.CharField("查看人", max_length=200)
    purpose = models.CharField("目的", max_length=20)
    what = models.CharField("看了什么", max_length=20)
    subject = models.CharField("事由", max_length=80, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resident__isnull=False) | Q(household__isnull=False) | Q(contact_point__isnull=False),
                name="people_look_whose",
            ),
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(viewer_words=""), name="people_look_why_and_who"),
        ]
        indexes = [
            models.Index(fields=["resident", "-at"], name="people_look_resident_idx"),
            models.Index(fields=["household", "-at"], name="people_look_household_idx"),
            models.Index(fields=["area_code", "-at"], name="people_look_area_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_words} {self.purpose} {self.at:%Y-%m-%d %H:%M}"
