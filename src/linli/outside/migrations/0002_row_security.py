"""What was asked of an outside body is seen where its case is seen."""

from django.db import migrations

from linli.shared.security import row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"


class Migration(migrations.Migration):
    dependencies = [("outside", "0001_tables"), ("whistle", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            row_security("outside_asked", OF_CASE)
            + "REVOKE DELETE, TRUNCATE ON outside_asked, outside_body FROM linli_app;",
            migrations.RunSQL.noop,
        )
    ]
