"""What residents answered is seen where the case is."""

from django.db import migrations

from linli.shared.security import append_only, in_area, row_security


class Migration(migrations.Migration):
    dependencies = [("confirm", "0001_initial"), ("whistle", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            row_security(
                "confirm_confirmation",
                f"({in_area('area_code')} OR EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id))",
            )
            + append_only("confirm_confirmation"),
            migrations.RunSQL.noop,
        )
    ]
