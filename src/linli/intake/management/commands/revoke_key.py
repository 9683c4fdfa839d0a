"""Turn a partner's key away from now on: ./linli manage revoke_key 3 --reason "换系统"."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.intake import actions as intake
from linli.shared.refusals import Refused


class Command(BaseCommand):
    """Revoke one key."""

    help = "Turn a partner's key away from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the key's number."""
        parser.add_argument("key", type=int)
        parser.add_argument("--reason", default="")

    def handle(self, **options: Any) -> None:
        """Revoke it."""
        try:
            at = timezone.now()  # noqa: TID251 -- a command is an edge: it reads the clock
            intake.revoke_key(key_id=options["key"], at=at, reason=options["reason"])
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
