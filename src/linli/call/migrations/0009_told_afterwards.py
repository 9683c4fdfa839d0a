"""Whoever pressed is told afterwards that others have looked at their record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("call", "0008_database_trouble"),
    ]

    operations = [
        migrations.AlterField(
            model_name="told",
            name="audience",
            field=models.CharField(
                choices=[
                    ("GRID", "网格员"),
                    ("HEALTH", "卫生站"),
                    ("DUTY", "区值班台"),
                    ("COMMUNITY", "社区值班"),
                    ("STREET", "街道"),
                    ("FAMILY", "家属"),
                    ("ADVISE_120", "提示拨打 120"),
                    ("HOLDER", "本人（事后告知）"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="ladderrung",
            name="audience",
            field=models.CharField(
                choices=[
                    ("GRID", "网格员"),
                    ("HEALTH", "卫生站"),
                    ("DUTY", "区值班台"),
                    ("COMMUNITY", "社区值班"),
                    ("FAMILY", "家属"),
                    ("STREET", "街道"),
                    ("ADVISE_120", "提示拨打 120"),
                ],
                max_length=10,
            ),
        ),
    ]
