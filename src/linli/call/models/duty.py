"""Who is on duty, who is away, whose alarm page is open, whose phone can be reached."""

from django.db import models
from django.db.models import Q

from linli.staff.models import Account, Post, Unit


class Shift(models.Model):
    """A post is on duty for its unit from when until when; nobody counts whether it was kept (值班)."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_it_begins")
        ]
        indexes = [
            models.Index(fields=["unit", "ends_at"], condition=Q(withdrawn_at__isnull=True), name="shift_by_unit")
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.starts_at:%m-%d %H:%M}"


class Leave(models.Model):
    """A post is away and somebody else is told in its place (请假与替班)."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    substitute = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="leave_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(substitute__isnull=True) | ~Q(substitute=models.F("post")), name="leave_substitute_another"
            ),
        ]
        indexes = [
            models.Index(fields=["post", "ends_at"], condition=Q(withdrawn_at__isnull=True), name="leave_by_post")
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.starts_at:%m-%d %H:%M}"


class Presence(models.Model):
    """That an alarm page of a unit is open and hears; of the unit, kept for minutes, no trail of anybody (在看)."""

    key = models.CharField(max_length=40, primary_key=True)  # one open page
    unit_id = models.BigIntegerField()
    post_id = models.BigIntegerField()
    seen_at = models.DateTimeField()
    has_sound = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["unit_id", "seen_at"], name="presence_by_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.seen_at:%H:%M:%S}"


class PushSubscription(models.Model):
    """A browser that can be woken up by Web Push, with its keys (推送订阅)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    endpoint_sealed = models.BinaryField()
    endpoint_hash = models.BinaryField(max_length=32, unique=True)
    key_p256dh = models.CharField(max_length=120)
    key_auth = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    device_words = models.CharField(max_length=40, blank=True)  # how its owner tells it from the others
    worked_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=120, blank=True)  # why it was not reached last; empty: it was
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account"], condition=Q(ended_at__isnull=True), name="push_by_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.created_at:%Y-%m-%d}"
