"""A called unit sees the case it was called to, and what hangs on it."""

from django.db import migrations

from linli.shared.security import UNIT, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"

# The function looks past row-level security: a policy on cases that asked a table whose policy asks cases would recurse.
CALLED = f"""
CREATE FUNCTION linli_is_called(wanted_case bigint, wanted_unit bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS $$ SELECT EXISTS (SELECT 1 FROM whistle_called WHERE case_id = wanted_case AND unit_id = wanted_unit) $$;
CREATE POLICY was_called ON case_case TO linli_app USING (linli_is_called(id, {UNIT}));
REVOKE DELETE, TRUNCATE ON whistle_whistle, whistle_called FROM linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("whistle", "0001_initial"), ("case", "0004_row_security")]

    operations = [
        migrations.RunSQL(
            CALLED
            + row_security("whistle_called", f"(unit_id = {UNIT} OR {OF_CASE})")
            + row_security("whistle_whistle", OF_CASE),
            migrations.RunSQL.noop,
        )
    ]
