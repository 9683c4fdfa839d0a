"""The head of the erasure ledger, as the rows stand when it comes."""

from django.db import migrations, models

BEGIN = """
INSERT INTO shared_erasurehead (id, row_count, hash)
SELECT 1, (SELECT count(*) FROM shared_erasure),
    coalesce((SELECT hash FROM shared_erasure ORDER BY id DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
ON CONFLICT DO NOTHING;
REVOKE INSERT, DELETE, TRUNCATE ON shared_erasurehead FROM linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("shared", "0004_erasure_ledger")]

    operations = [
        migrations.CreateModel(
            name="ErasureHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row_count", models.PositiveBigIntegerField(default=0)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="erasure_head_is_one")],
            },
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
