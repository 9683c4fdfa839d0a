"""Keep with a call how long it was given, and how often its clock began anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the two columns; calls made before keep no limit."""

    dependencies = [("whistle", "0005_rulings")]

    operations = [
        migrations.AddField(
            "called", "limit_words", models.CharField(blank=True, db_default="", default="", max_length=40)
        ),
        migrations.AddField("called", "due_round", models.PositiveSmallIntegerField(db_default=0, default=0)),
    ]
