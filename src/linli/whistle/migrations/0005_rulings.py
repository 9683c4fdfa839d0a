"""Keep who said “not ours” and what was ruled; rulings are never changed."""

import django.db.models.deletion
from django.db import migrations, models

from linli.shared.security import UNIT, append_only, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("case", "0007_deadlines_of_calls"),
        ("staff", "0003_shared_cache"),
        ("whistle", "0004_parts_and_proposals"),
    ]

    operations = [
        migrations.AddField(
            model_name="called",
            name="is_ruled",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("was_lead", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "等裁定"),
                            ("RULED", "已裁定"),
                            ("REVIEW", "等复核"),
                            ("FINAL", "复核后定论"),
                            ("MOOT", "事项已了，不再裁定"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_by_post_id", models.BigIntegerField()),
                ("words", models.TextField()),
                ("since_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("review_until", models.DateTimeField(null=True)),
                ("next_supervision_at", models.DateTimeField(null=True)),
                (
                    "called",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="dispute", to="whistle.called"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="case.case"
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("by_post_id", models.BigIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("ITS_OWN", "归这个单位"), ("NOT_ITS_OWN", "不归这个单位")], max_length=12
                    ),
                ),
                ("words", models.TextField()),
                ("category_code", models.CharField(db_collation="C", max_length=8)),
                ("area_code", models.CharField(db_collation="C", max_length=20)),
                (
                    "by_unit",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="case.case"),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rulings", to="whistle.dispute"
                    ),
                ),
                (
                    "to_unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.unit",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.unit"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("state__in", ["ASKED", "REVIEW"])),
                fields=["judge", "due_at", "id"],
                name="dispute_to_rule",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("next_supervision_at__isnull", False)),
                fields=["next_supervision_at"],
                name="dispute_supervision_scan",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["ASKED", "RULED", "REVIEW", "FINAL", "MOOT"])),
                name="dispute_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "RULED"), _negated=True), ("review_until__isnull", False), _connector="OR"
                ),
                name="dispute_ruled_with_review_time",
            ),
        ),
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(fields=["category_code", "-at"], name="ruling_precedents"),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.UniqueConstraint(fields=("dispute", "round"), name="ruling_once_a_round"),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(condition=models.Q(("round__range", (1, 2))), name="ruling_one_review"),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["ITS_OWN", "NOT_ITS_OWN"])), name="ruling_outcome_known"
            ),
        ),
        migrations.RunSQL(
            row_security("whistle_dispute", f"(unit_id = {UNIT} OR judge_id = {UNIT} OR {OF_CASE})")
            + row_security("whistle_ruling", f"(unit_id = {UNIT} OR {OF_CASE})")
            + append_only("whistle_ruling")
            + "REVOKE DELETE, TRUNCATE ON whistle_dispute FROM linli_app;",
            migrations.RunSQL.noop,
        ),
    ]
