"""The application's role, the append-only guard, photos and audit entries."""

import uuid

from django.db import migrations, models

ROLE = """
DO $$ BEGIN
    CREATE ROLE linli_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('GRANT linli_app TO %I', current_user);
EXCEPTION WHEN OTHERS THEN NULL;  -- a superuser needs no grant, and two set-ups may run at once
END $$;
GRANT USAGE ON SCHEMA public TO linli_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO linli_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO linli_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO linli_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO linli_app;

CREATE OR REPLACE FUNCTION linli_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sha256", models.BinaryField(max_length=32)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("byte_count", models.PositiveIntegerField()),
                ("kept_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("height__gt", 0), ("width__gt", 0)), name="photo_has_size"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=20)),
                ("verb", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("by_post_id", models.BigIntegerField(null=True)),
                ("by_words", models.CharField(blank=True, max_length=200)),
                ("reason", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={"indexes": [models.Index(fields=["-at"], name="audit_by_time")]},
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE, TRUNCATE ON shared_auditentry FROM linli_app;"
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shared_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION linli_append_only();",
            migrations.RunSQL.noop,
        ),
    ]
