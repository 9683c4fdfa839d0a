"""The wishes said until now are given their contact, once; after that no wish is rewritten again."""

from django.db import migrations

FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE confirm_nocall DISABLE TRIGGER append_only;
UPDATE confirm_nocall n SET contact_id = a.contact_id
    FROM intake_appeal a WHERE a.id = n.appeal_id AND n.contact_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE confirm_nocall ENABLE TRIGGER append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("confirm", "0005_wish_of_a_contact")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
