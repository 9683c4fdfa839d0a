"""Photos and files that no record is known to hold yet: they are looked at a day after they came."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shared", "0005_erasure_head"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="is_used",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="photo",
            name="is_used",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(models.F("kept_at"), condition=models.Q(("is_used", False)), name="attachment_unnamed"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(models.F("kept_at"), condition=models.Q(("is_used", False)), name="photo_unnamed"),
        ),
    ]
