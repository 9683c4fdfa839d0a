"""An index of words for cases, asked only through a function that looks within the session's scope: decision 0017."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from linli.shared.security import EVERYTHING

# The numbers are those of linli.text.rules and linli.case.finding. Operators on arrays are not leakproof, so a policy on
# the table would keep its index from being used; the function looks past the policy and puts the scope into the question.
GUARD = """
ALTER TABLE case_wording SET (fillfactor = 90);
ALTER TABLE case_wording ALTER COLUMN pieces SET STATISTICS 0;
ALTER TABLE case_wording ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON case_wording TO linli_app USING (EVERYTHING);
REVOKE DELETE, TRUNCATE ON case_wording FROM linli_app;

CREATE FUNCTION linli_code_piece(code text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (536870912 + ('x' || substr(md5(code), 1, 8))::bit(32)::bigint % 268435456)::integer
$$;

CREATE FUNCTION linli_wording(wanted integer[], own integer[], weeks integer[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = public AS $$
BEGIN
    IF own IS NULL AND weeks IS NULL THEN
        RETURN QUERY SELECT case_id FROM case_wording WHERE pieces @> wanted LIMIT most;
    ELSIF own IS NULL THEN
        RETURN QUERY SELECT case_id FROM case_wording WHERE pieces @> wanted AND pieces && weeks LIMIT most;
    ELSIF weeks IS NULL THEN
        RETURN QUERY SELECT case_id FROM case_wording WHERE pieces @> wanted AND pieces && own LIMIT most;
    ELSE
        RETURN QUERY SELECT case_id FROM case_wording WHERE pieces @> wanted AND pieces && own AND pieces && weeks LIMIT most;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION linli_wording FROM PUBLIC;

CREATE FUNCTION linli_find(wanted integer[], latest_week integer, most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = public SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    area text := coalesce(current_setting('linli.area', true), '');
    unit bigint := nullif(current_setting('linli.unit', true), '')::bigint;
    sees_all boolean := coalesce(current_setting('linli.everything', true), '') = 'on' OR length(area) BETWEEN 1 AND 6;
    own integer[];
    found bigint[] := '{}';
    whole bigint[];
    upto integer := 0;
    span integer;
BEGIN
    IF cardinality(wanted) = 0 OR (area = '' AND unit IS NULL AND NOT sees_all) THEN
        RETURN;
    END IF;
    -- A cell holds one district: whoever sees all of it needs no narrowing here; the cases' own policy follows.
    IF NOT sees_all THEN
        own := array_remove(ARRAY[CASE WHEN area <> '' THEN linli_code_piece(area) END, (268435456 + unit)::integer], NULL);
    END IF;
    -- Common words fill the page from the newest weeks; rare ones are few enough to be taken whole.
    FOREACH span IN ARRAY ARRAY[1, 3, 8, 16, 0, 32, 64, 128, 256, 512] LOOP
        IF span = 0 THEN
            whole := ARRAY(SELECT linli_wording(wanted, own, NULL, 4 * most));
            IF cardinality(whole) < 4 * most THEN
                found := whole;
                EXIT;
            END IF;
        ELSE
            found := found || ARRAY(SELECT linli_wording(wanted, own,
                ARRAY(SELECT 402653184 + latest_week - past FROM generate_series(upto, upto + span - 1) past), 50 * most));
        END IF;
        upto := upto + span;
        EXIT WHEN cardinality(found) > most;
    END LOOP;
    RETURN QUERY SELECT case_id FROM case_wording WHERE case_id = ANY (found)
        ORDER BY opened_at DESC, case_id DESC LIMIT most + 1;
END $$;
""".replace("(EVERYTHING)", f"({EVERYTHING})")


class Migration(migrations.Migration):
    dependencies = [("case", "0008_route_and_refusal")]

    operations = [
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("case_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("opened_at", models.DateTimeField()),
                ("event_count", models.PositiveIntegerField()),
                (
                    "pieces",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
            ],
            options={
                "db_table": "case_wording",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["pieces"], name="case_wording_pieces", gin_pending_list_limit=1024
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WordingMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("done_id", models.BigIntegerField(default=0)),
                ("whole_id", models.BigIntegerField(default=0)),
                ("waiting_id", models.BigIntegerField(default=0)),
                ("waiting_xid", models.BigIntegerField(default=0)),
                ("seen_id", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "case_wording_mark",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="wording_mark_single")],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
