"""Text messages by an operator: one gateway of either sort is in use, and what it is signed with is kept sealed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notice", "0004_kinds_of_the_concerned"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="gateway",
            name="gateway_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="gateway",
            name="gateway_sms_of_all",
        ),
        migrations.RemoveConstraint(
            model_name="gateway",
            name="gateway_one_sms",
        ),
        migrations.AddField(
            model_name="gateway",
            name="options_sealed",
            field=models.BinaryField(db_default=b"", default=b""),
        ),
        migrations.AlterField(
            model_name="gateway",
            name="kind",
            field=models.CharField(
                choices=[
                    ("SMS", "短信网关"),
                    ("ALIYUN", "阿里云短信"),
                    ("WECOM", "企业微信群机器人"),
                    ("DINGTALK", "钉钉群机器人"),
                    ("FEISHU", "飞书群机器人"),
                ],
                max_length=10,
                verbose_name="类型",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["SMS", "ALIYUN", "WECOM", "DINGTALK", "FEISHU"])),
                name="gateway_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("SMS", "ALIYUN")), ("unit_id__isnull", True)),
                    models.Q(("kind__in", ("SMS", "ALIYUN")), _negated=True),
                    _connector="OR",
                ),
                name="gateway_sms_is_of_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), ("kind__in", ("SMS", "ALIYUN"))),
                fields=("is_active",),
                name="gateway_one_sms_in_use",
            ),
        ),
    ]
