"""A browser that is woken says what machine it is on, and why it was not reached last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("call", "0005_device_event_security")]

    operations = [
        migrations.AddField(
            "pushsubscription",
            "device_words",
            models.CharField(blank=True, max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "pushsubscription",
            "fault",
            models.CharField(blank=True, max_length=120, default=""),
            preserve_default=False,
        ),
    ]
