"""The ledger of what was removed when its time was over."""

from django.db import migrations, models

from linli.shared.security import append_only


class Migration(migrations.Migration):
    dependencies = [("shared", "0003_attachments")]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("rule", models.CharField(max_length=20)),
                ("count", models.PositiveIntegerField()),
                ("records_digest", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "indexes": [models.Index(fields=["-at"], name="erasure_by_time")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="erasure_of_something")
                ],
            },
        ),
        migrations.RunSQL(append_only("shared_erasure"), migrations.RunSQL.noop),
    ]
