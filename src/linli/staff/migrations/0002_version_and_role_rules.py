"""Rules of each role, and a version that changes with every change of units, posts or rules.

The version comes from a sequence, so that a rolled-back change never leaves a number that a process has seen before.
"""

from django.db import migrations

ROLES = ["GRID", "COMMUNITY", "STREET", "DEPARTMENT", "DISTRICT", "HEALTH", "ADMIN", "AUDITOR"]

TRIGGERS = """
CREATE SEQUENCE staff_version_sequence;
INSERT INTO staff_version (id, number) VALUES (1, nextval('staff_version_sequence')) ON CONFLICT DO NOTHING;
CREATE FUNCTION staff_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO staff_version (id, number) VALUES (1, nextval('staff_version_sequence'))
        ON CONFLICT (id) DO UPDATE SET number = excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON staff_unit
    FOR EACH STATEMENT EXECUTE FUNCTION staff_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON staff_post
    FOR EACH STATEMENT EXECUTE FUNCTION staff_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON staff_rolerule
    FOR EACH STATEMENT EXECUTE FUNCTION staff_changed();
REVOKE DELETE, TRUNCATE ON staff_account, staff_unit, staff_post, staff_rolerule, staff_version FROM linli_app;
GRANT USAGE ON SEQUENCE staff_version_sequence TO linli_app;
"""

BACK = """
DROP TRIGGER changed ON staff_unit;
DROP TRIGGER changed ON staff_post;
DROP TRIGGER changed ON staff_rolerule;
DROP FUNCTION staff_changed();
DROP SEQUENCE staff_version_sequence;
"""


def add_rules(apps, _schema_editor):
    RoleRule = apps.get_model("staff", "RoleRule")
    RoleRule.objects.bulk_create([RoleRule(role=role) for role in ROLES], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RunPython(add_rules, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGERS, BACK),
    ]
