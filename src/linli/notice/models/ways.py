"""How notices are to be sent: texts, quiet hours, each post's choice, and the gateways that carry them."""

from datetime import time

from django.db import models

from linli.notice.rules import (
    CHANNEL_LABELS,
    GATEWAY_LABELS,
    GROUP_LABELS,
    LANGUAGES,
    OF_ALL_KINDS,
    SMS_KINDS,
    VOICE,
    Channel,
    Group,
)


class Template(models.Model):
    """A text that an administrator has put in the place of the one we begin with (通知模板)."""

    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=80)
    body = models.CharField(max_length=400)
    changed_at = models.DateTimeField()
    changed_by_post_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "language"], name="template_once"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="template_language_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"


class QuietHours(models.Model):
    """When residents and outside bodies are left alone, unless it is urgent: one row (免打扰)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    starts = models.TimeField(default=time(21, 30))
    ends = models.TimeField(default=time(8, 30))

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="quiet_hours_single")]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}—{self.ends:%H:%M}"


class Choice(models.Model):
    """That a post wants a group of notices by a way, or does not; without a row the default holds (通知选择)."""

    post_id = models.BigIntegerField()
    group = models.CharField(max_length=12, choices=[(g.value, GROUP_LABELS[g]) for g in Group])
    channel = models.CharField(max_length=8, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post_id", "group", "channel"], name="choice_once"),
            models.CheckConstraint(condition=models.Q(group__in=[g.value for g in Group]), name="choice_group_known"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.group} {self.channel} {self.is_wanted}"


class GatewayKind(models.TextChoices):
    """What sort of service carries a message out."""

    SMS = "SMS", GATEWAY_LABELS["SMS"]
    ALIYUN = "ALIYUN", GATEWAY_LABELS["ALIYUN"]
    VOICE = "VOICE", GATEWAY_LABELS["VOICE"]
    WECOM = "WECOM", GATEWAY_LABELS["WECOM"]
    DINGTALK = "DINGTALK", GATEWAY_LABELS["DINGTALK"]
    FEISHU = "FEISHU", GATEWAY_LABELS["FEISHU"]


class Gateway(models.Model):
    """A service that carries messages out: the SMS gateway, or a robot in a unit's chat (发送通道)."""

    kind = models.CharField("类型", max_length=10, choices=GatewayKind.choices)
    name = models.CharField("名称", max_length=60)
    unit_id = models.BigIntegerField("单位", null=True)  # whose robot it is
    address_sealed = models.BinaryField()  # a robot's address holds its key
    secret_sealed = models.BinaryField()
    options_sealed = models.BinaryField(default=b"", db_default=b"")  # what an operator asks for besides
    is_active = models.BooleanField("在用", default=True)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=GatewayKind.values), name="gateway_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind__in=OF_ALL_KINDS, unit_id__isnull=True) | ~models.Q(kind__in=OF_ALL_KINDS),
                name="gateway_is_of_all",
            ),
            models.UniqueConstraint(
                fields=["is_active"],
                condition=models.Q(kind__in=SMS_KINDS, is_active=True),
                name="gateway_one_sms_in_use",
            ),
            models.UniqueConstraint(
                fields=["is_active"],
                condition=models.Q(kind=VOICE, is_active=True),
                name="gateway_one_voice_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
