"""Keep events in one partition a year, append-only, with keys that hold across them."""

from django.db import migrations

FIRST_YEAR, LAST_YEAR = 2024, 2032

TABLE = """
DROP TABLE case_event;
CREATE SEQUENCE case_event_id_seq;
CREATE TABLE case_event (
    id bigint NOT NULL DEFAULT nextval('case_event_id_seq'),
    case_id bigint NOT NULL REFERENCES case_case (id) DEFERRABLE INITIALLY DEFERRED,
    sequence integer NOT NULL CHECK (sequence > 0),
    at timestamptz NOT NULL,
    name varchar(20) NOT NULL,
    state_before varchar(12) NOT NULL,
    state_after varchar(12) NOT NULL,
    by_role varchar(12) NOT NULL,
    by_post_id bigint,
    by_unit_id bigint,
    reason text NOT NULL,
    detail jsonb NOT NULL,
    is_told boolean NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE case_event_id_seq OWNED BY case_event.id;
CREATE INDEX event_by_case ON case_event (case_id, sequence);
CREATE INDEX event_by_time ON case_event (at, id);

CREATE FUNCTION linli_event_partition(year integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS case_event_%s PARTITION OF case_event FOR VALUES FROM (%L) TO (%L)',
        year, make_timestamptz(year, 1, 1, 0, 0, 0, 'Asia/Shanghai'), make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai')
    );
    EXECUTE format('ALTER TABLE case_event_%s ENABLE ROW LEVEL SECURITY', year);
END $$;
CREATE TABLE case_event_other PARTITION OF case_event DEFAULT;
ALTER TABLE case_event_other ENABLE ROW LEVEL SECURITY;
"""
PARTITIONS = "".join(f"SELECT linli_event_partition({year});" for year in range(FIRST_YEAR, LAST_YEAR + 1))
GUARD = """
REVOKE UPDATE, DELETE, TRUNCATE ON case_event FROM linli_app;
GRANT SELECT, INSERT ON case_event TO linli_app;
GRANT USAGE, SELECT ON case_event_id_seq TO linli_app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW EXECUTE FUNCTION linli_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0002_initial")]

    operations = [migrations.RunSQL(TABLE + PARTITIONS + GUARD, migrations.RunSQL.noop)]
