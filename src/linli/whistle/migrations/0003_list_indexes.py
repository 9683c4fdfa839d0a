"""Serve the list to answer and the list in hand each from its own index, in the order they are due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("case", "0006_closing_index"),
        ("staff", "0003_shared_cache"),
        ("whistle", "0002_row_security"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="called",
            name="called_open",
        ),
        migrations.AddIndex(
            model_name="called",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("state__in", ["CALLED", "COUNTERED"])),
                fields=["unit", "due_at", "id"],
                name="called_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="called",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("state", "REPORTED_IN")),
                fields=["unit", "due_at", "id"],
                name="called_in_hand",
            ),
        ),
    ]
