"""A cache all processes share, for used one-time codes and attempt counters; rows expire by themselves."""

from django.db import migrations

TABLE = """
CREATE TABLE staff_shared_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX staff_shared_cache_expires ON staff_shared_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_version_and_role_rules")]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE staff_shared_cache")]
