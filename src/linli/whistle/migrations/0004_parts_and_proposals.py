"""Keep when a unit first answered, its own due time, and what its part came to."""

import django.contrib.postgres.fields
from django.db import migrations, models

STATES = [
    ("CALLED", "等报到"),
    ("COUNTERED", "另提方案"),
    ("REPORTED_IN", "已报到"),
    ("PART_DONE", "协办已完成"),
    ("DECLINED", "不接"),
    ("FINISHED", "已办结"),
    ("RELEASED", "已解除"),
]


class Migration(migrations.Migration):
    dependencies = [("whistle", "0003_list_indexes")]

    operations = [
        migrations.AddField("called", "answered_at", models.DateTimeField(null=True)),
        migrations.AddField("called", "due_since_at", models.DateTimeField(null=True)),
        migrations.AddField("called", "part_done_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "called",
            "photo_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AlterField("called", "state", models.CharField(choices=STATES, max_length=12)),
        migrations.RemoveConstraint("called", "called_state_known"),
        migrations.AddConstraint(
            "called",
            models.CheckConstraint(
                condition=models.Q(("state__in", [state for state, _label in STATES])), name="called_state_known"
            ),
        ),
        migrations.AddConstraint(
            "called",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "PART_DONE"), _negated=True),
                    models.Q(("is_lead", False), ("part_done_at__isnull", False)),
                    _connector="OR",
                ),
                name="called_part_done_by_who_assists",
            ),
        ),
    ]
