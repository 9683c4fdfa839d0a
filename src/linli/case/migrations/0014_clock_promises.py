"""The clock's tables keep their promises: no two pauses overlap, versions never change, rows stay in their area."""

from django.db import migrations

from linli.shared.security import append_only, row_security

OF_CASE = "EXISTS (SELECT 1 FROM case_case c WHERE c.id = case_id)"
# A range of one number needs no extension beside the ranges that PostgreSQL has.
APART = """
ALTER TABLE case_pause ADD CONSTRAINT pause_apart EXCLUDE USING gist (
    int8range(case_id, case_id, '[]') WITH &&, tstzrange(paused_at, resumed_at) WITH &&);
REVOKE DELETE, TRUNCATE ON case_pause, case_limitversion, case_dayoverlay, case_rulebook FROM linli_app;
INSERT INTO case_rulebook (id, number) VALUES (1, 0);
"""
# What was sent back before there were pauses: the time its residents took, from the events.
EARLIER = """
INSERT INTO case_pause (case_id, why, paused_at, resumed_at)
SELECT case_id, 'RESIDENT', finished_at, at FROM (
    SELECT case_id, name, at, max(at) FILTER (WHERE name = 'finish')
        OVER (PARTITION BY case_id ORDER BY sequence) AS finished_at
    FROM case_event WHERE name IN ('finish', 'send_back')
) steps WHERE name = 'send_back' AND finished_at IS NOT NULL
ON CONFLICT DO NOTHING;
UPDATE case_case SET due_round = reopened_count WHERE reopened_count > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0013_clock_and_limits")]

    operations = [
        migrations.RunSQL(
            APART
            + row_security("case_pause", OF_CASE)
            + row_security("case_extension", OF_CASE)
            + append_only("case_extension")
            + append_only("case_limitrow"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
    ]
