"""Keep the limits to sign and to speak to the resident with the case, and since when it is to be signed for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the three columns; cases opened before keep none."""

    dependencies = [("case", "0017_case_brought_in")]

    operations = [
        migrations.AddField("case", "dispatch_since_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "case", "dispatch_limit_words", models.CharField(blank=True, db_default="", default="", max_length=40)
        ),
        migrations.AddField(
            "case", "contact_limit_words", models.CharField(blank=True, db_default="", default="", max_length=40)
        ),
    ]
