"""Let the words and the exact place of a case that was closed years ago be erased, and nothing else of it."""

from django.db import migrations, models

# What is append-only stays so: only a function of the owner sets ``linli.archiving``, and the application has no right
# to update these tables whatever it sets. A year is the least, whatever the application asks for.
TRIGGER = """
CREATE OR REPLACE FUNCTION linli_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME IN ('intake_appeal', 'confirm_confirmation', 'confirm_callbacktry')
        AND current_setting('linli.archiving', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
ARCHIVE = """
CREATE FUNCTION linli_archive_cases(wanted bigint[], moment timestamptz, heading text, digits integer)
    RETURNS SETOF bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    done bigint[];
BEGIN
    WITH gone AS (
        UPDATE case_case SET title = heading, address = '', lng = NULL, lat = NULL,
            area_code = left(area_code, digits), archived_at = moment
        WHERE id = ANY(wanted) AND archived_at IS NULL AND closed_at < now() - interval '1 year' RETURNING id
    ) SELECT array_agg(id) INTO done FROM gone;
    PERFORM set_config('linli.archiving', 'on', true);
    UPDATE intake_appeal SET title = '', text = '', address = '', lng = NULL, lat = NULL,
        area_code = left(area_code, digits), fingerprint = decode(repeat('00', 32), 'hex'), photo_ids = '{}',
        media_urls = '{}'
    WHERE id IN (SELECT first_appeal_id FROM case_case WHERE id = ANY(done)
        UNION ALL SELECT appeal_id FROM case_joined WHERE case_id = ANY(done));
    PERFORM set_config('linli.archiving', '', true);
    RETURN QUERY SELECT unnest(done);
END $$;
REVOKE ALL ON FUNCTION linli_archive_cases(bigint[], timestamptz, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli_archive_cases(bigint[], timestamptz, text, integer) TO linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0019_event_years"), ("intake", "0002_api_keys"), ("shared", "0001_initial")]

    operations = [
        migrations.AddField(model_name="case", name="archived_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["closed_at"],
                condition=models.Q(closed_at__isnull=False, archived_at__isnull=True),
                name="case_to_archive",
            ),
        ),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
        migrations.RunSQL(ARCHIVE, migrations.RunSQL.noop),
    ]
