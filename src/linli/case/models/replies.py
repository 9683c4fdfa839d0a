"""The replies with which a case is not accepted, as administrators word them."""

from django.db import models

from linli.case.refusals import REFUSAL_SENTENCES, RefusalRoute


class RefusalReply(models.Model):
    """One wording of a reply in three languages; the newest is used, none is changed (不予受理答复)."""

    route = models.CharField(max_length=16, choices=[(r.value, REFUSAL_SENTENCES[r].label) for r in RefusalRoute])
    version = models.PositiveIntegerField()
    text_zh = models.CharField(max_length=500)
    text_bo = models.CharField(max_length=1000, blank=True)
    text_en = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["route", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["route", "version"], name="refusal_reply_version_once"),
            models.CheckConstraint(
                condition=models.Q(route__in=[r.value for r in RefusalRoute]), name="refusal_reply_route_known"
            ),
            models.CheckConstraint(condition=~models.Q(text_zh=""), name="refusal_reply_in_chinese"),
        ]

    def __str__(self) -> str:
        return f"{self.route} v{self.version}"
