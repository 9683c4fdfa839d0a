"""How much lies in a unit's own three lists, counted past the policies: what is one's own is always visible."""

from django.db import migrations

# The policies of whistle_called, handling_task and case_case show a unit every row that names it. Asked row by row and
# table by table they cost a plan of a hundred parts for seven small counts; here they are one test at the door.
COUNTS = """
CREATE FUNCTION linli_desk_counts(wanted_unit bigint, most integer,
    OUT calls_to_answer bigint, OUT own_to_take bigint, OUT calls_in_hand bigint, OUT own_in_hand bigint,
    OUT calls_waiting bigint, OUT own_waiting bigint, OUT tasks bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF coalesce(current_setting('linli.everything', true), '') <> 'on'
        AND nullif(current_setting('linli.unit', true), '')::bigint IS DISTINCT FROM wanted_unit THEN
        RAISE EXCEPTION 'the lists of unit % are not in scope', wanted_unit USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT count(*) INTO calls_to_answer FROM (SELECT FROM whistle_called WHERE unit_id = wanted_unit
        AND ended_at IS NULL AND state IN ('CALLED', 'COUNTERED') LIMIT most) counted;
    SELECT count(*) INTO own_to_take FROM (SELECT FROM case_case WHERE owner_id = wanted_unit
        AND closed_at IS NULL AND state IN ('REGISTERED', 'DISPATCHED') LIMIT most) counted;
    SELECT count(*) INTO calls_in_hand FROM (SELECT FROM whistle_called WHERE unit_id = wanted_unit
        AND ended_at IS NULL AND state = 'REPORTED_IN' LIMIT most) counted;
    SELECT count(*) INTO own_in_hand FROM (SELECT FROM case_case WHERE owner_id = wanted_unit
        AND closed_at IS NULL AND state IN ('HANDLING', 'WHISTLED') LIMIT most) counted;
    SELECT count(*) INTO calls_waiting FROM (SELECT FROM whistle_called w JOIN case_case c ON c.id = w.case_id
        WHERE w.unit_id = wanted_unit AND w.state = 'FINISHED' AND c.state = 'FINISHED' LIMIT most) counted;
    SELECT calls_waiting + count(*) INTO calls_waiting FROM (SELECT FROM whistle_called WHERE unit_id = wanted_unit
        AND ended_at IS NULL AND state = 'PART_DONE' LIMIT most) counted;
    SELECT count(*) INTO own_waiting FROM (SELECT FROM case_case WHERE owner_id = wanted_unit
        AND closed_at IS NULL AND state = 'FINISHED' LIMIT most) counted;
    SELECT count(*) INTO tasks FROM (SELECT FROM handling_task WHERE unit_id = wanted_unit
        AND state = 'GIVEN' LIMIT most) counted;
END $$;
REVOKE ALL ON FUNCTION linli_desk_counts(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli_desk_counts(bigint, integer) TO linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("handling", "0004_named_time_of_a_task"), ("whistle", "0006_limit_of_a_call")]

    operations = [migrations.RunSQL(COUNTS, "DROP FUNCTION linli_desk_counts(bigint, integer)")]
