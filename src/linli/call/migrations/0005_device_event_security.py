"""The history of a device is append-only and seen by whoever sees the device."""

from django.db import migrations

from linli.shared.security import append_only, row_security

OF_DEVICE = "EXISTS (SELECT 1 FROM call_device d WHERE d.id = device_id)"


class Migration(migrations.Migration):
    dependencies = [("call", "0004_device_events"), ("shared", "0001_initial")]

    operations = [
        migrations.RunSQL(
            row_security("call_deviceevent", OF_DEVICE) + append_only("call_deviceevent"), migrations.RunSQL.noop
        ),
    ]
