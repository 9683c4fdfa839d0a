"""Clouds of vendors that hand over what their devices say."""

from django.db import models
from django.db.models import Q


class Vendor(models.Model):
    """A vendor's cloud, known by what it signs with; its secret is shown once and kept sealed (厂商平台)."""

    name = models.CharField("名称", max_length=60)
    secret_sealed = models.BinaryField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="vendor_named")]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
