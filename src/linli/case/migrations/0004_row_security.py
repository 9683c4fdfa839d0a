"""Cases and what hangs on them are seen only inside the session's area or unit."""

from django.db import migrations

from linli.shared.security import UNIT, in_area, row_security

OF_UNIT = f"owner_id = {UNIT} OR lead_id = {UNIT} OR first_receiver_id = {UNIT}"
OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"
POLICIES = {
    "case_case": f"({in_area('area_code')} OR {OF_UNIT})",
    "case_event": OF_CASE,
    "case_joined": OF_CASE,
    "case_similar": OF_CASE,
    "case_supervision": f"(raised_to_id = {UNIT} OR {OF_CASE})",
    "intake_appeal": f"({in_area('area_code')} OR EXISTS (SELECT 1 FROM case_case c WHERE c.first_appeal_id = intake_appeal.id)"
    " OR EXISTS (SELECT 1 FROM case_joined j WHERE j.appeal_id = intake_appeal.id))",
}
# An appeal is never edited (domain.md: history is append-only).
APPEAL = """
REVOKE UPDATE, DELETE, TRUNCATE ON intake_appeal FROM linli_app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON intake_appeal FOR EACH ROW EXECUTE FUNCTION linli_append_only();
REVOKE DELETE, TRUNCATE ON case_case, case_joined, case_supervision FROM linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0003_event_partitions"), ("shared", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "".join(row_security(table, condition) for table, condition in POLICIES.items()) + APPEAL,
            migrations.RunSQL.noop,
        )
    ]
