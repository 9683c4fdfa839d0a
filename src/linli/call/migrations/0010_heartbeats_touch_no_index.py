"""A heartbeat changes a row of a device and none of its indexes: there is room on its page, and no index to change.

The index was of no use: silence is counted from when a device was registered where it was never seen.
"""

from django.db import migrations

ROOM = "ALTER TABLE call_device SET (fillfactor = 70)"
NO_ROOM = "ALTER TABLE call_device RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [
        ("call", "0009_told_afterwards"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="device", name="device_silence_scan"),
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
