"""Jobs that nobody waits for wake no worker and leave no history: decision 0010."""

from django.db import migrations

# NOTIFY takes one lock of the whole cluster until the commit is on disk, so every intake would wait for the one before.
QUIET = """
DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs;
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (new.status = 'todo'::procrastinate_job_status AND new.queue_name <> 'analysis')
    EXECUTE PROCEDURE procrastinate_notify_queue_job_inserted_v1();
DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs;
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (new.status = 'todo'::procrastinate_job_status AND new.queue_name <> 'analysis')
    EXECUTE PROCEDURE procrastinate_trigger_function_status_events_insert_v1();
"""


class Migration(migrations.Migration):
    dependencies = [("case", "0004_row_security"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [migrations.RunSQL(QUIET, migrations.RunSQL.noop)]
