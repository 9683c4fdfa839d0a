"""Keys and rates of the machine doors, files of hotline records, and what partners say later."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

# What was spent in the last minutes may be lost in a crash; a write-ahead log for it would cost every sync a flush.
SPENT = "ALTER TABLE intake_spent SET UNLOGGED;"
KEPT = "REVOKE UPDATE, DELETE, TRUNCATE ON intake_partnerupdate FROM linli_app; REVOKE DELETE, TRUNCATE ON intake_apikey FROM linli_app;"


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="by_key_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="appeal",
            name="media_urls",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=500), db_default=[], default=list, size=None
            ),
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("secret_hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("HOTLINE", "12345 热线"),
                            ("OPEN311", "开放接口"),
                            ("WEB", "居民上报"),
                            ("PHONE", "电话"),
                            ("WALK_IN", "来访"),
                            ("VISIT", "入户走访"),
                            ("CALL", "一键呼"),
                            ("COUNCIL", "议事会"),
                            ("INSPECTION", "巡查"),
                        ],
                        max_length=12,
                    ),
                ),
                ("jurisdiction", models.CharField(blank=True, max_length=60)),
                ("rate_per_minute", models.PositiveIntegerField()),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["OPEN311", "HOTLINE"])), name="key_channel_machine"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_active", True), ("revoked_at__isnull", True)),
                            models.Q(("is_active", False), ("revoked_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="key_revoked_with_its_time",
                    ),
                    models.CheckConstraint(condition=models.Q(("rate_per_minute__gt", 0)), name="key_has_a_rate"),
                ],
            },
        ),
        migrations.CreateModel(
            name="HotlineFile",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("UPLOADED", "UPLOADED"),
                            ("IMPORTING", "IMPORTING"),
                            ("DONE", "DONE"),
                            ("FAILED", "FAILED"),
                        ],
                        max_length=10,
                    ),
                ),
                ("columns", models.JSONField(default=dict)),
                ("datum", models.CharField(max_length=10)),
                ("by_post_id", models.BigIntegerField()),
                ("uploaded_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("row_count", models.PositiveIntegerField(default=0)),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("opened_count", models.PositiveIntegerField(default=0)),
                ("repeated_count", models.PositiveIntegerField(default=0)),
                ("rejected_count", models.PositiveIntegerField(default=0)),
                ("words", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["-uploaded_at"], name="hotline_file_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["UPLOADED", "IMPORTING", "DONE", "FAILED"])),
                        name="hotline_file_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "done_count",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("opened_count"), "+", models.F("repeated_count")
                                    ),
                                    "+",
                                    models.F("rejected_count"),
                                ),
                            )
                        ),
                        name="hotline_file_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Spent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(db_collation="C", max_length=40)),
                ("minute", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("subject", "minute"), name="spent_once")],
            },
        ),
        migrations.CreateModel(
            name="PartnerUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("update_id", models.CharField(max_length=120)),
                ("case_id", models.BigIntegerField()),
                ("event_id", models.BigIntegerField()),
                ("status", models.CharField(max_length=40)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("received_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.apikey",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "update_id"), name="partner_update_once")],
            },
        ),
        migrations.RunSQL(SPENT + KEPT, migrations.RunSQL.noop),
    ]
