"""Every event leaves its id for whoever tells people; a notice is seen by its unit and its area (decision 0016)."""

from django.db import migrations

from linli.shared.security import UNIT, in_area, row_security

# One small row in the transaction of the event, by statement and not by row: an import writes a thousand at once.
# The function is the owner's: whoever makes a move may leave the id, and only the clock may read or take it.
FRESH = """
CREATE FUNCTION linli_event_is_fresh() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO notice_freshevent (event_id, at) SELECT id, at FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER is_fresh AFTER INSERT ON case_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION linli_event_is_fresh();
"""
STALE = """
DROP TRIGGER is_fresh ON case_event;
DROP FUNCTION linli_event_is_fresh();
"""
POLICIES = {
    "notice_freshevent": "false",
    "notice_notice": f"({in_area('area_code')} OR unit_id = {UNIT})",
    "notice_subscriber": in_area("area_code"),
    "notice_delivery": "EXISTS (SELECT 1 FROM notice_subscriber s WHERE s.id = subscriber_id)",
}
RIGHTS = """
REVOKE INSERT, TRUNCATE ON notice_freshevent FROM linli_app;
REVOKE TRUNCATE ON notice_notice, notice_delivery, notice_subscriber, notice_gateway FROM linli_app;
REVOKE DELETE ON notice_subscriber, notice_gateway FROM linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("notice", "0001_tables")]

    operations = [
        migrations.RunSQL(FRESH, STALE),
        migrations.RunSQL(
            "".join(row_security(table, condition) for table, condition in POLICIES.items()) + RIGHTS,
            migrations.RunSQL.noop,
        ),
    ]
