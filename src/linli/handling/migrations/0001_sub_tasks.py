"""Sub-tasks of a case, seen where the case is and by the unit that has to do them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from linli.shared.security import UNIT, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("case", "0007_deadlines_of_calls"),
        ("staff", "0003_shared_cache"),
        ("whistle", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_by_post_id", models.BigIntegerField()),
                ("words", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("due_since_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("GIVEN", "等完成"), ("DONE", "已完成"), ("DROPPED", "已取消")], max_length=8
                    ),
                ),
                ("done_at", models.DateTimeField(null=True)),
                ("result", models.TextField(blank=True)),
                (
                    "photo_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                ("returned_count", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("next_supervision_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="case.case"
                    ),
                ),
                (
                    "given_by_unit",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.post",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "GIVEN")), fields=["unit", "due_at", "id"], name="task_to_do"
                    ),
                    models.Index(
                        condition=models.Q(("next_supervision_at__isnull", False)),
                        fields=["next_supervision_at"],
                        name="task_supervision_scan",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["GIVEN", "DONE", "DROPPED"])), name="task_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", False), ("state", "DONE")),
                            models.Q(models.Q(("state", "DONE"), _negated=True), ("done_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="task_done_with_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state", "DROPPED")),
                            models.Q(models.Q(("state", "DROPPED"), _negated=True), ("ended_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="task_dropped_with_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("given_at"))), name="task_due_after_given"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            row_security("handling_task", f"(unit_id = {UNIT} OR {OF_CASE})")
            + "REVOKE DELETE, TRUNCATE ON handling_task FROM linli_app;",
            migrations.RunSQL.noop,
        ),
    ]
