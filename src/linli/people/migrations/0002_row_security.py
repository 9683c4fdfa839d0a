"""Rows of people are shown and taken only inside the session's area; looks are append-only; nothing is removed."""

from django.db import migrations

from linli.shared.security import UNIT, append_only, in_area, row_security

BY_AREA = [
    "people_household",
    "people_resident",
    "people_membership",
    "people_contactpoint",
    "people_consent",
    "people_need",
]
LOOKS = f"({in_area('area_code')} OR viewer_unit_id = {UNIT})"
TABLES = [*BY_AREA, "people_look"]


def security():
    lines = [row_security(table, in_area("area_code")) for table in BY_AREA]
    lines.append(row_security("people_look", LOOKS))
    lines.append(append_only("people_look"))
    lines.append(f"REVOKE DELETE, TRUNCATE ON {', '.join(TABLES)}, people_needtag FROM linli_app;")
    return "".join(lines)


def insecurity():
    return "".join(
        f"DROP POLICY scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in TABLES
    ) + ("DROP TRIGGER append_only ON people_look;")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("shared", "0001_initial")]

    operations = [migrations.RunSQL(security(), insecurity())]
