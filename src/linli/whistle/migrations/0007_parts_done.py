"""An index for parts that wait for the lead, and the dear question of a case's policies asked last."""

from django.db import migrations, models

# PostgreSQL puts the policies of a table together from the last name to the first: “was_called” came before “scope”,
# and its function was asked of every row that a plain comparison would have let through.
LAST = "ALTER POLICY was_called ON case_case RENAME TO called"
BACK = "ALTER POLICY called ON case_case RENAME TO was_called"


class Migration(migrations.Migration):
    dependencies = [("whistle", "0006_limit_of_a_call")]

    operations = [
        migrations.AddIndex(
            "called",
            models.Index(
                fields=["unit", "due_at", "id"],
                condition=models.Q(ended_at__isnull=True, state="PART_DONE"),
                name="called_part_done",
            ),
        ),
        migrations.RunSQL(LAST, BACK),
    ]
