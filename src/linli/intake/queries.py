"""Questions about appeals as received."""

from linli.intake.models import Appeal


def by_key(idempotency_key: str) -> Appeal | None:
    """Return the appeal that was accepted under a client's key."""
    return Appeal.objects.filter(idempotency_key=idempotency_key).first()


def by_external_number(channel: str, external_number: str) -> Appeal | None:
    """Return the appeal that carries a hotline's own number."""
    return Appeal.objects.filter(channel=channel, external_number=external_number).first()
