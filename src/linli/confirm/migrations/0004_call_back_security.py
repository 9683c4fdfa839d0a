"""Call-backs are seen where the case is; what was tried is never rewritten."""

from django.db import migrations

from linli.shared.security import append_only, in_area, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"


class Migration(migrations.Migration):
    dependencies = [("confirm", "0003_call_backs")]

    operations = [
        migrations.RunSQL(
            row_security("confirm_callback", f"({in_area('area_code')} OR {OF_CASE})")
            + row_security("confirm_callbacktry", "EXISTS (SELECT 1 FROM confirm_callback b WHERE b.id = call_back_id)")
            + row_security("confirm_nocall", "EXISTS (SELECT 1 FROM intake_appeal a WHERE a.id = appeal_id)")
            + append_only("confirm_callbacktry")
            + append_only("confirm_nocall")
            + "REVOKE DELETE, TRUNCATE ON confirm_callback FROM linli_app;",
            migrations.RunSQL.noop,
        )
    ]
