"""An application is seen by who asked, who rules, and whoever sees its case."""

from django.db import migrations

from linli.shared.security import UNIT, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"


class Migration(migrations.Migration):
    dependencies = [("handling", "0002_applications"), ("case", "0014_clock_promises")]

    operations = [
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON handling_application FROM linli_app;"
            + row_security("handling_application", f"(decider_id = {UNIT} OR asked_by_unit_id = {UNIT} OR {OF_CASE})"),
            migrations.RunSQL.noop,
        )
    ]
