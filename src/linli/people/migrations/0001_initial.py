"""Households, residents, contact points, need tags, consents, needs, looks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("shared", "0001_initial"), ("staff", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                ("address", models.CharField(max_length=120, verbose_name="门牌")),
                ("lng", models.FloatField(blank=True, null=True, verbose_name="经度")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                ("visited_at", models.DateTimeField(blank=True, null=True, verbose_name="最近走访")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="迁出日期")),
            ],
            options={
                "indexes": [models.Index(fields=["area_code", "id"], name="people_household_area_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="people_household_area"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("left_on__isnull", True)),
                        fields=("area_code", "address"),
                        name="people_household_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lat__isnull", True), ("lng__isnull", True)),
                            models.Q(("lat__isnull", False), ("lng__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_household_point",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NeedTag",
            fields=[
                ("code", models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="代码")),
                ("name_zh", models.CharField(max_length=30, verbose_name="名称")),
                ("name_bo", models.CharField(blank=True, max_length=90, verbose_name="藏文名称")),
                ("name_en", models.CharField(blank=True, max_length=60, verbose_name="英文名称")),
                (
                    "bearer",
                    models.CharField(
                        choices=[("RESIDENT", "个人"), ("HOUSEHOLD", "户")], max_length=10, verbose_name="对象"
                    ),
                ),
                ("colour", models.CharField(max_length=7, verbose_name="颜色")),
                ("icon", models.CharField(max_length=30, verbose_name="图标")),
                ("visit_interval_days", models.PositiveSmallIntegerField(verbose_name="走访间隔（天）")),
                ("purpose", models.CharField(max_length=120, verbose_name="使用目的")),
                (
                    "basis",
                    models.CharField(
                        choices=[("CONSENT", "本人同意"), ("SEPARATE_CONSENT", "单独同意"), ("LEGAL_DUTY", "法定职责")],
                        max_length=18,
                        verbose_name="依据",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
            ],
            options={
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("colour__regex", "^#[0-9a-f]{6}$")), name="people_needtag_colour"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visit_interval_days__gte", 1)), name="people_needtag_interval"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ["CONSENT", "SEPARATE_CONSENT", "LEGAL_DUTY"])),
                        name="people_needtag_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bearer__in", ["RESIDENT", "HOUSEHOLD"])), name="people_needtag_bearer"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Resident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                ("name_sealed", models.BinaryField(verbose_name="姓名（加密）")),
                ("name_index", models.BinaryField(max_length=32, verbose_name="姓名索引")),
                ("birth_year", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="出生年份")),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("F", "女"), ("M", "男"), ("", "未填")],
                        default="",
                        max_length=1,
                        verbose_name="性别",
                    ),
                ),
                ("language", models.CharField(default="zh-hans", max_length=10, verbose_name="沟通语言")),
                ("link_version", models.PositiveIntegerField(default=1, verbose_name="查看链接版本")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="迁出或注销日期")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["area_code", "id"], name="people_resident_area_idx"),
                    models.Index(fields=["name_index"], name="people_resident_name_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="people_resident_area"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("birth_year__isnull", True),
                            models.Q(("birth_year__gte", 1890), ("birth_year__lte", 2200)),
                            _connector="OR",
                        ),
                        name="people_resident_birth_year",
                    ),
                    models.CheckConstraint(condition=models.Q(("sex__in", ["F", "M", ""])), name="people_resident_sex"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area_code",
                    models.CharField(blank=True, db_collation="C", default="", max_length=20, verbose_name="区域代码"),
                ),
                ("contact_sealed", models.BinaryField(verbose_name="联系方式（加密）")),
                ("phone_index", models.BinaryField(blank=True, max_length=32, null=True, verbose_name="电话索引")),
                ("email_index", models.BinaryField(blank=True, max_length=32, null=True, verbose_name="邮箱索引")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("kept_until", models.DateField(verbose_name="保存至")),
                ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="抹除时间")),
                (
                    "resident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_points",
                        to="people.resident",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                (
                    "giver",
                    models.CharField(
                        choices=[("SELF", "本人"), ("GUARDIAN", "监护人"), ("HEAD", "户主")],
                        max_length=10,
                        verbose_name="谁同意",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("SIGNED", "书面签字"), ("SPOKEN", "当面口头"), ("ONLINE", "本人网上")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("purpose", models.CharField(max_length=120, verbose_name="使用目的")),
                ("scope", models.CharField(max_length=200, verbose_name="范围")),
                ("is_separate", models.BooleanField(default=False, verbose_name="单独同意")),
                ("given_at", models.DateTimeField(verbose_name="同意时间")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="有效期至")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("recorded_post_id", models.BigIntegerField(blank=True, null=True, verbose_name="登记岗位")),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="people.household",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="people.resident",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Need",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                ("since_on", models.DateField(verbose_name="开始")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="到期")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("ended_reason", models.CharField(blank=True, max_length=200, verbose_name="结束原因")),
                ("recorded_post_id", models.BigIntegerField(blank=True, null=True, verbose_name="登记岗位")),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="people.consent",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="people.household",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="needs", to="people.needtag"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="people.resident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["tag", "area_code"],
                        name="people_need_tag_idx",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["consent"],
                        name="people_need_consent_idx",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["until_on"],
                        name="people_need_until_idx",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="people_need_area"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("household__isnull", True), ("resident__isnull", False)),
                            models.Q(("household__isnull", False), ("resident__isnull", True)),
                            _connector="OR",
                        ),
                        name="people_need_whose",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("resident", "tag"),
                        name="people_need_once_per_resident",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("household", "tag"),
                        name="people_need_once_per_household",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(db_collation="C", max_length=20, verbose_name="区域代码")),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("HEAD", "户主"),
                            ("SPOUSE", "配偶"),
                            ("CHILD", "子女"),
                            ("PARENT", "父母"),
                            ("GRANDPARENT", "祖父母"),
                            ("GRANDCHILD", "孙辈"),
                            ("TENANT", "租客"),
                            ("OTHER", "其他"),
                        ],
                        default="OTHER",
                        max_length=12,
                        verbose_name="关系",
                    ),
                ),
                ("since_on", models.DateField(verbose_name="开始")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="结束")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.household"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.resident"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="people_membership_area"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "relation__in",
                                ["HEAD", "SPOUSE", "CHILD", "PARENT", "GRANDPARENT", "GRANDCHILD", "TENANT", "OTHER"],
                            )
                        ),
                        name="people_membership_relation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gte", models.F("since_on")), _connector="OR"
                        ),
                        name="people_membership_dates",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("until_on__isnull", True)),
                        fields=("resident", "household"),
                        name="people_membership_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area_code",
                    models.CharField(blank=True, db_collation="C", default="", max_length=20, verbose_name="区域代码"),
                ),
                ("viewer_post_id", models.BigIntegerField(null=True, verbose_name="查看岗位")),
                ("viewer_unit_id", models.BigIntegerField(null=True, verbose_name="查看单位")),
                ("viewer_words", models.CharField(max_length=200, verbose_name="查看人")),
                ("purpose", models.CharField(max_length=20, verbose_name="目的")),
                ("what", models.CharField(max_length=20, verbose_name="看了什么")),
                ("subject", models.CharField(blank=True, max_length=80, verbose_name="事由")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "contact_point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="people.contactpoint",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="people.household",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="people.resident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["resident", "-at"], name="people_look_resident_idx"),
                    models.Index(fields=["household", "-at"], name="people_look_household_idx"),
                    models.Index(fields=["area_code", "-at"], name="people_look_area_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resident__isnull", False),
                            ("household__isnull", False),
                            ("contact_point__isnull", False),
                            _connector="OR",
                        ),
                        name="people_look_whose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose", ""), _negated=True), models.Q(("viewer_words", ""), _negated=True)
                        ),
                        name="people_look_why_and_who",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                condition=models.Q(("phone_index__isnull", False)),
                fields=["phone_index"],
                name="people_contact_phone_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True)), fields=["kept_until"], name="people_contact_kept_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(("contact_sealed", b""), ("email_index__isnull", True), ("phone_index__isnull", True)),
                    _connector="OR",
                ),
                name="people_contactpoint_erased",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("area_code__regex", "^[0-9]{6,20}$")), name="people_consent_area"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("household__isnull", True), ("resident__isnull", False)),
                    models.Q(("household__isnull", False), ("resident__isnull", True)),
                    _connector="OR",
                ),
                name="people_consent_whose",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("giver__in", ["SELF", "GUARDIAN", "HEAD"])), name="people_consent_giver"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["SIGNED", "SPOKEN", "ONLINE"])), name="people_consent_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True), ("withdrawn_at__gte", models.F("given_at")), _connector="OR"
                ),
                name="people_consent_withdrawn_after_given",
            ),
        ),
    ]
