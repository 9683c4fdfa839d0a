"""Who inside a unit works on a case; seen where the case is seen."""

import django.db.models.deletion
from django.db import migrations, models

from linli.shared.security import row_security


class Migration(migrations.Migration):
    dependencies = [("case", "0009_wording"), ("staff", "0003_shared_cache")]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by_post_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="case.case",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.post",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("case", "unit"),
                        name="assignment_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("ended_at__gte", models.F("at")), _connector="OR"
                        ),
                        name="assignment_ends_after_it_begins",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["post", "case"], name="assignment_mine"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            row_security("case_assignment", "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)")
            + "REVOKE DELETE, TRUNCATE ON case_assignment FROM linli_app;",
            migrations.RunSQL.noop,
        ),
    ]
