"""Accounts, units, posts, role rules."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("shared", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "username",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9._-]{2,39}$", "用户名用小写字母、数字、点、横线，3 到 40 个字符。"
                            )
                        ],
                        verbose_name="用户名",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="工作电话")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="工作邮箱")),
                ("language", models.CharField(default="zh-hans", max_length=10, verbose_name="语言")),
                ("is_large_type", models.BooleanField(default=False, verbose_name="大字")),
                ("is_active", models.BooleanField(default=True, verbose_name="可登录")),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
                ("password_changed_at", models.DateTimeField(blank=True, null=True, verbose_name="密码更改时间")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("username__regex", "^[a-z0-9][a-z0-9._-]{2,39}$")),
                        name="staff_account_username",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleRule",
            fields=[
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("RESIDENT", "居民"),
                            ("GRID", "网格员"),
                            ("COMMUNITY", "社工"),
                            ("STREET", "街道"),
                            ("DEPARTMENT", "部门"),
                            ("DISTRICT", "区中心"),
                            ("HEALTH", "卫生站"),
                            ("ADMIN", "系统管理员"),
                            ("AUDITOR", "审计员"),
                            ("HOTLINE", "热线"),
                            ("SYSTEM", "系统"),
                        ],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                        verbose_name="角色",
                    ),
                ),
                ("is_second_factor_required", models.BooleanField(default=False, verbose_name="需要双重验证")),
                (
                    "idle_minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="闲置多少分钟后退出"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("idle_minutes__isnull", True), ("idle_minutes__gte", 1), _connector="OR"),
                        name="staff_rolerule_idle",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "RESIDENT",
                                    "GRID",
                                    "COMMUNITY",
                                    "STREET",
                                    "DEPARTMENT",
                                    "DISTRICT",
                                    "HEALTH",
                                    "ADMIN",
                                    "AUDITOR",
                                    "HOTLINE",
                                    "SYSTEM",
                                ],
                            )
                        ),
                        name="staff_rolerule_role",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="单位代码")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("DISTRICT", "区"),
                            ("STREET", "街道"),
                            ("COMMUNITY", "社区"),
                            ("DEPARTMENT", "部门"),
                            ("HEALTH", "卫生站"),
                        ],
                        max_length=12,
                        verbose_name="类型",
                    ),
                ),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("name_bo", models.CharField(blank=True, max_length=160, verbose_name="藏文名称")),
                ("name_en", models.CharField(blank=True, max_length=160, verbose_name="英文名称")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="值班电话")),
                ("is_active", models.BooleanField(default=True, verbose_name="在用")),
            ],
            options={
                "ordering": ["area_code", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["DISTRICT", "STREET", "COMMUNITY", "DEPARTMENT", "HEALTH"])),
                        name="staff_unit_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="staff_unit_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="staff_unit_area"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("kind__in", ["DISTRICT", "STREET", "COMMUNITY"])),
                        fields=("area_code",),
                        name="staff_unit_one_per_area",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="staff_version_single")],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("RESIDENT", "居民"),
                            ("GRID", "网格员"),
                            ("COMMUNITY", "社工"),
                            ("STREET", "街道"),
                            ("DEPARTMENT", "部门"),
                            ("DISTRICT", "区中心"),
                            ("HEALTH", "卫生站"),
                            ("ADMIN", "系统管理员"),
                            ("AUDITOR", "审计员"),
                            ("HOTLINE", "热线"),
                            ("SYSTEM", "系统"),
                        ],
                        max_length=12,
                        verbose_name="角色",
                    ),
                ),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="责任区域")),
                ("title", models.CharField(blank=True, max_length=60, verbose_name="职务")),
                ("valid_from", models.DateTimeField(verbose_name="开始")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="结束")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="staff.unit"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "RESIDENT",
                                    "GRID",
                                    "COMMUNITY",
                                    "STREET",
                                    "DEPARTMENT",
                                    "DISTRICT",
                                    "HEALTH",
                                    "ADMIN",
                                    "AUDITOR",
                                    "HOTLINE",
                                    "SYSTEM",
                                ],
                            )
                        ),
                        name="staff_post_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="staff_post_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="staff_post_area"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("account", "role", "unit", "area_code"),
                        name="staff_post_once",
                    ),
                ],
            },
        ),
    ]
