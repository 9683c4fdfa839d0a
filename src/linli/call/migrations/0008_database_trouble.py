"""A database that was away is said on the duty desk."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("call", "0007_vendors"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="trouble",
            name="trouble_kind_known",
        ),
        migrations.AlterField(
            model_name="trouble",
            name="kind",
            field=models.CharField(
                choices=[
                    ("STREAM_FULL", "消息存储快满了"),
                    ("DENIED", "设备被拒绝"),
                    ("CONSUMER_DEAD", "按键没有被取走"),
                    ("BROKER_DOWN", "消息服务连不上"),
                    ("DATABASE_DOWN", "数据库连不上"),
                    ("UNREADABLE", "看不懂的消息"),
                    ("CLOCK", "本机时钟跳了"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="trouble",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "STREAM_FULL",
                            "DENIED",
                            "CONSUMER_DEAD",
                            "BROKER_DOWN",
                            "DATABASE_DOWN",
                            "UNREADABLE",
                            "CLOCK",
                        ],
                    )
                ),
                name="trouble_kind_known",
            ),
        ),
    ]
