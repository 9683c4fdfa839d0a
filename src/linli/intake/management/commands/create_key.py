"""Give a partner's system a key: ./linli manage create_key "市 12345" --channel HOTLINE."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.intake import actions as intake
from linli.intake.rules import Channel
from linli.shared.refusals import Refused


class Command(BaseCommand):
    """Make a key and print its secret once."""

    help = "Give a partner's system a key to Open311 or the hotline door; its secret is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the partner, the door and the rate."""
        parser.add_argument("name", help="who uses it")
        parser.add_argument("--channel", choices=[Channel.OPEN311.value, Channel.HOTLINE.value], default="OPEN311")
        parser.add_argument("--rate", type=int, default=600, help="requests per minute")
        parser.add_argument("--jurisdiction", default="", help="the only jurisdiction_id it may name")

    def handle(self, **options: Any) -> None:
        """Print the secret alone, so that a script can take it."""
        try:
            made = intake.create_key(
                name=options["name"],
                channel=Channel(options["channel"]),
                rate_per_minute=options["rate"],
                jurisdiction=options["jurisdiction"],
                at=timezone.now(),  # noqa: TID251 -- a command is an edge: it reads the clock
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stderr.write(f"key {made.key.pk} for {made.key.name}; it is shown only now:")
        self.stdout.write(made.secret)
