"""Tie a part to its whole; seen by whoever sees either of them."""

import django.db.models.deletion
from django.db import migrations, models

from linli.shared.security import row_security

OF_EITHER = "EXISTS (SELECT 1 FROM case_case c WHERE c.id IN (parent_id, child_id))"


class Migration(migrations.Migration):
    dependencies = [
        ("case", "0015_outside_role"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tie",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_split", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("by_post_id", models.BigIntegerField()),
                (
                    "child",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tie", to="case.case"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="ties", to="case.case"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("child")), _negated=True), name="tie_of_two_cases"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            row_security("case_tie", OF_EITHER) + "REVOKE UPDATE, DELETE, TRUNCATE ON case_tie FROM linli_app;",
            migrations.RunSQL.noop,
        ),
    ]
