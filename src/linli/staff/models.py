"""Tables of those who work here: accounts, units, posts, the rules of each role (岗)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_noop

from linli.shared.roles import ROLE_LABELS, Role

ROLES = [(role.value, ROLE_LABELS[role]) for role in Role]


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by the name people type, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Return the account with this username; usernames are stored in lower case."""
        return self.get(username=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """A person who may log in; what they may do depends on their posts (账号)."""

    username = models.CharField(
        "用户名",
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9._-]{2,39}$", gettext_noop("用户名用小写字母、数字、点、横线，3 到 40 个字符。")
            )
        ],
    )
    name = models.CharField("姓名", max_length=60)
    phone = models.CharField("工作电话", max_length=30, blank=True)
    email = models.EmailField("工作邮箱", blank=True)
    language = models.CharField("语言", max_length=10, default="zh-hans")
    is_large_type = models.BooleanField("大字", default=False)
    is_active = models.BooleanField("可登录", default=True)
    created_at = models.DateTimeField("创建时间")
    password_changed_at = models.DateTimeField("密码更改时间", null=True, blank=True)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(username__regex=r"^[a-z0-9][a-z0-9._-]{2,39}$"), name="staff_account_username"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    def get_full_name(self) -> str:
        """Return the name colleagues know."""
        return self.name


class UnitKind(models.TextChoices):
    """What sort of body a unit is."""

    DISTRICT = "DISTRICT", "区"
    STREET = "STREET", "街道"
    COMMUNITY = "COMMUNITY", "社区"
    DEPARTMENT = "DEPARTMENT", "部门"
    HEALTH = "HEALTH", "卫生站"


class Unit(models.Model):
    """A body that can own a case or be called to one (单位)."""

    code = models.CharField("单位代码", max_length=40, unique=True)
    kind = models.CharField("类型", max_length=12, choices=UnitKind.choices)
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    name = models.CharField("名称", max_length=80)
    name_bo = models.CharField("藏文名称", max_length=160, blank=True)
    name_en = models.CharField("英文名称", max_length=160, blank=True)
    phone = models.CharField("值班电话", max_length=30, blank=True)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ["area_code", "code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=UnitKind.values), name="staff_unit_kind"),
            models.CheckConstraint(condition=~models.Q(code="") & ~models.Q(name=""), name="staff_unit_named"),
            models.CheckConstraint(condition=models.Q(area_code__regex=r"^[0-9]{6,20}$"), name="staff_unit_area"),
            # One body answers for one area: who owns a case must never be a matter of row order.
            models.UniqueConstraint(
                fields=["area_code"],
                condition=models.Q(kind__in=["DISTRICT", "STREET", "COMMUNITY"], is_active=True),
                name="staff_unit_one_per_area",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """What an account acts as, for which unit and area, from when until when (岗位)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=12, choices=ROLES)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    area_code = models.CharField("责任区域", max_length=20, db_collation="C")
    title = models.CharField("职务", max_length=60, blank=True)
    valid_from = models.DateTimeField("开始")
    valid_to = models.DateTimeField("结束", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="staff_post_role"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="staff_post_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=models.Q(area_code__regex=r"^[0-9]{6,20}$"), name="staff_post_area"),
            models.UniqueConstraint(
                fields=["account", "role", "unit", "area_code"],
                condition=models.Q(valid_to__isnull=True),
                name="staff_post_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title or ROLE_LABELS[Role(self.role)]


class RoleRule(models.Model):
    """What a site asks of everyone in a role: second factor, idle minutes (角色规则)."""

    role = models.CharField("角色", max_length=12, choices=ROLES, primary_key=True)
    is_second_factor_required = models.BooleanField("需要双重验证", default=False)
    idle_minutes = models.PositiveSmallIntegerField("闲置多少分钟后退出", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(idle_minutes__isnull=True) | models.Q(idle_minutes__gte=1),
                name="staff_rolerule_idle",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="staff_rolerule_role"
            ),
        ]

    def __str__(self) -> str:
        return ROLE_LABELS[Role(self.role)]


class Version(models.Model):
    """One row that changes whenever units, posts or role rules change; tells every process to read again (版本)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="staff_version_single")]

    def __str__(self) -> str:
        return str(self.number)


class SavedView(models.Model):
    """The filters, the order and the columns of a list, kept by a post for itself or for its unit (视图)."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    path = models.CharField("列表", max_length=200)
    query = models.CharField("条件", max_length=2000, blank=True)
    name = models.CharField("名称", max_length=40)
    is_shared = models.BooleanField("本单位可用", default=False)
    is_default = models.BooleanField("默认", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "path", "name"], name="staff_view_name_once"),
            models.UniqueConstraint(
                fields=["post", "path"], condition=models.Q(is_default=True), name="staff_view_one_default"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="staff_view_named"),
        ]

    def __str__(self) -> str:
        return self.name
