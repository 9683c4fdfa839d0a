"""The category table and its default rows."""

import csv
from pathlib import Path

from django.db import migrations, models

ROWS = Path(__file__).resolve().parent.parent / "data" / "categories.csv"


def load(apps, schema_editor):
    Category = apps.get_model("text", "Category")
    with ROWS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            Category.objects.update_or_create(
                code=row["code"],
                defaults={
                    "parent_code": row["parent"],
                    "name_zh": row["name_zh"],
                    "name_bo": row["name_bo"],
                    "name_en": row["name_en"],
                    "urgency": row["urgency"],
                    "limit_words": row["limit"],
                    "is_public": row["is_public"] == "1",
                    "emergency_number": row["emergency"],
                    "keywords": [word for word in row["keywords"].split("|") if word],
                },
            )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("shared", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("code", models.CharField(db_collation="C", max_length=8, primary_key=True, serialize=False)),
                ("parent_code", models.CharField(blank=True, db_collation="C", max_length=8)),
                ("name_zh", models.CharField(max_length=60)),
                ("name_bo", models.CharField(blank=True, max_length=200)),
                ("name_en", models.CharField(blank=True, max_length=60)),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("URGENT", "URGENT"),
                            ("SUPPLY", "SUPPLY"),
                            ("GENERAL", "GENERAL"),
                            ("COMPLEX", "COMPLEX"),
                        ],
                        max_length=10,
                    ),
                ),
                ("limit_words", models.CharField(blank=True, max_length=40)),
                ("keywords", models.JSONField(default=list)),
                ("is_public", models.BooleanField(default=True)),
                ("emergency_number", models.CharField(blank=True, max_length=3)),
                ("retired_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("urgency__in", ["URGENT", "SUPPLY", "GENERAL", "COMPLEX"])),
                        name="category_urgency_known",
                    )
                ],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
