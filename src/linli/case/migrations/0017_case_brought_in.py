"""Mark the cases that began in an earlier system: their events said so already."""

from django.db import migrations, models

MARK = """
UPDATE case_case c SET brought_in_at = (e.detail ->> 'brought_in_at')::timestamptz
FROM case_event e WHERE e.case_id = c.id AND e.name = 'bring_in' AND c.brought_in_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("case", "0016_ties"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="brought_in_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
