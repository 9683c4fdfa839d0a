"""Let what residents said about the outcome of an archived case be erased; the answer itself stays counted."""

from django.db import migrations

ARCHIVE = """
CREATE FUNCTION linli_archive_answers(wanted bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    done bigint[] := ARRAY(SELECT id FROM case_case WHERE id = ANY(wanted) AND archived_at IS NOT NULL);
BEGIN
    PERFORM set_config('linli.archiving', 'on', true);
    UPDATE confirm_confirmation SET reason = '' WHERE case_id = ANY(done) AND reason <> '';
    UPDATE confirm_callbacktry SET words = '', spoke_with = ''
    WHERE call_back_id IN (SELECT id FROM confirm_callback WHERE case_id = ANY(done));
    PERFORM set_config('linli.archiving', '', true);
END $$;
REVOKE ALL ON FUNCTION linli_archive_answers(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli_archive_answers(bigint[]) TO linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("confirm", "0006_contact_of_earlier_wishes"), ("case", "0020_archive")]

    operations = [migrations.RunSQL(ARCHIVE, migrations.RunSQL.noop)]
