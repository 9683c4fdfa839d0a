"""Whoever keeps devices' secrets in memory hears at once that one was made or changed."""

from django.db import migrations

CHANGED = """
CREATE FUNCTION linli_device_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('linli_device', NEW.serial);
    RETURN NULL;
END $$;
CREATE TRIGGER credentials_made AFTER INSERT ON call_device
    FOR EACH ROW EXECUTE FUNCTION linli_device_credentials();
CREATE TRIGGER credentials_changed AFTER UPDATE ON call_device
    FOR EACH ROW WHEN (
        (OLD.secret_hash, OLD.kind, OLD.protocol) IS DISTINCT FROM (NEW.secret_hash, NEW.kind, NEW.protocol)
    ) EXECUTE FUNCTION linli_device_credentials();
"""
UNDO = """
DROP TRIGGER credentials_changed ON call_device;
DROP TRIGGER credentials_made ON call_device;
DROP FUNCTION linli_device_credentials();
"""


class Migration(migrations.Migration):
    dependencies = [("call", "0002_row_security")]

    operations = [migrations.RunSQL(CHANGED, UNDO)]
