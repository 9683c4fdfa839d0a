"""A wish not to be called belongs to a contact: the parts of a case share it, their appeals do not."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("confirm", "0004_call_back_security"), ("people", "0003_need_tags")]

    operations = [
        migrations.AddField(
            model_name="nocall",
            name="contact",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.contactpoint"
            ),
        ),
    ]
