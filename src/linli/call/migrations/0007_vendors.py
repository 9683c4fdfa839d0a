"""Vendors' clouds with their secrets, and a device found by the secret alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("call", "0006_phones"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vendor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("secret_sealed", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(fields=["secret_hash"], name="device_by_secret"),
        ),
        migrations.AddConstraint(
            model_name="vendor",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="vendor_named"),
        ),
    ]
