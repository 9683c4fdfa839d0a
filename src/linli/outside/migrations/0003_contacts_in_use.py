"""The contacts of bodies in use are kept as long as that; until now they were erased as a resident's are."""

from django.db import migrations

KEEP = """
UPDATE people_contactpoint SET kept_until = NULL
    WHERE erased_at IS NULL AND id IN (SELECT contact_id FROM outside_body WHERE is_active);
"""


class Migration(migrations.Migration):
    dependencies = [("outside", "0002_row_security"), ("people", "0004_contact_in_use")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
