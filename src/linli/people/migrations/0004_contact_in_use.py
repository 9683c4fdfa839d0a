"""A contact that is in use has no last day yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_need_tags")]

    operations = [
        migrations.AlterField(
            model_name="contactpoint",
            name="kept_until",
            field=models.DateField(blank=True, null=True, verbose_name="保存至"),
        ),
    ]
