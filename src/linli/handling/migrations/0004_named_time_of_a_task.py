"""Keep the time that was named for a sub-task beside the one it has after its case stood still."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column; it is empty where nothing stood still."""

    dependencies = [("handling", "0003_application_security")]

    operations = [migrations.AddField("task", "named_due_at", models.DateTimeField(null=True))]
