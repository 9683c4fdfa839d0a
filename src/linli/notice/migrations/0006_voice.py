"""A gateway that telephones and reads words out: of the whole district, one in use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notice", "0005_operator_of_messages"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="gateway",
            name="gateway_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="gateway",
            name="gateway_sms_is_of_all",
        ),
        migrations.AlterField(
            model_name="gateway",
            name="kind",
            field=models.CharField(
                choices=[
                    ("SMS", "短信网关"),
                    ("ALIYUN", "阿里云短信"),
                    ("VOICE", "语音电话网关"),
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
                condition=models.Q(("kind__in", ["SMS", "ALIYUN", "VOICE", "WECOM", "DINGTALK", "FEISHU"])),
                name="gateway_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("SMS", "ALIYUN", "VOICE")), ("unit_id__isnull", True)),
                    models.Q(("kind__in", ("SMS", "ALIYUN", "VOICE")), _negated=True),
                    _connector="OR",
                ),
                name="gateway_is_of_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), ("kind", "VOICE")),
                fields=("is_active",),
                name="gateway_one_voice_in_use",
            ),
        ),
    ]
