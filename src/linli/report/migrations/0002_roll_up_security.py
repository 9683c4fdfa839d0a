"""Sums are seen for one's own area; weights are never rewritten; the roll-up begins before the first event."""

from django.db import migrations

from linli.shared.security import append_only, in_area, row_security


class Migration(migrations.Migration):
    dependencies = [("report", "0001_roll_ups"), ("confirm", "0004_call_back_security")]

    operations = [
        migrations.RunSQL(
            row_security("report_fact", in_area("area_code"))
            + row_security("report_cell", in_area("area_code"))
            + append_only("report_weightsset")
            + "REVOKE DELETE, TRUNCATE ON report_mark FROM linli_app;"
            + "INSERT INTO report_mark (id, settled_id, seen_id, seen_xmax, counted_by) VALUES (1, 0, 0, 0, '');",
            migrations.RunSQL.noop,
        )
    ]
