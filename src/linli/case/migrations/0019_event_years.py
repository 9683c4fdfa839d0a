"""Make the partition of a year at any time, also when its events already lie in the partition of the rest."""

from django.db import migrations

# The function is the owner's: the application may have a year made, and nothing else. Rows that wait in the partition
# of the rest are moved by the owner, past the trigger that lets nobody remove an event; every statement sees them once,
# because the rest is locked until the end of the transaction.
YEAR = """
CREATE FUNCTION linli_event_year(year integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    own text := format('case_event_%s', year);
    since timestamptz := make_timestamptz(year, 1, 1, 0, 0, 0, 'Asia/Shanghai');
    until timestamptz := make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai');
BEGIN
    IF year NOT BETWEEN 2000 AND 2199 THEN
        RAISE EXCEPTION 'no events are kept of the year %', year USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(7326005);
    IF to_regclass(own) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE case_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', own);
    EXECUTE format('REVOKE ALL ON %I FROM linli_app', own);
    LOCK TABLE case_event_other IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM case_event_other WHERE at >= since AND at < until) THEN
        EXECUTE format('INSERT INTO %I SELECT * FROM case_event_other WHERE at >= $1 AND at < $2', own)
            USING since, until;
        ALTER TABLE case_event_other DISABLE TRIGGER append_only;
        DELETE FROM case_event_other WHERE at >= since AND at < until;
        ALTER TABLE case_event_other ENABLE TRIGGER append_only;
    END IF;
    EXECUTE format('ALTER TABLE case_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', own, since, until);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', own);
    RETURN true;
END $$;

CREATE FUNCTION linli_event_years_waiting() RETURNS SETOF integer LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    SELECT DISTINCT extract(year FROM at AT TIME ZONE 'Asia/Shanghai')::integer FROM case_event_other
    WHERE at >= timestamptz '2000-01-01 00:00+08' AND at < timestamptz '2200-01-01 00:00+08'
$$;
REVOKE ALL ON FUNCTION linli_event_year(integer), linli_event_years_waiting() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli_event_year(integer), linli_event_years_waiting() TO linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0018_limits_of_opening")]

    operations = [migrations.RunSQL(YEAR, migrations.RunSQL.noop)]
