"""Name the deadlines of counter-proposals, agreed times, sub-tasks, leads and rulings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("case", "0006_closing_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="supervision",
            name="deadline",
            field=models.CharField(
                choices=[
                    ("DISPATCH", "签收"),
                    ("CONTACT", "联系居民"),
                    ("REPORT_IN", "报到"),
                    ("FINISH", "办结"),
                    ("ANSWER", "答复方案"),
                    ("PART", "约定的办理"),
                    ("TASK", "子任务"),
                    ("LEAD", "有单位牵头"),
                    ("RULING", "裁定"),
                ],
                max_length=10,
            ),
        ),
    ]
