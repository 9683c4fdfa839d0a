"""``manage create_administrator``: the first person of an empty district, asked or told by arguments."""

import getpass
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.shared.refusals import Refused
from linli.staff import actions as staff


class Command(BaseCommand):
    """Create the first administrator and the district's unit."""

    help = "Create the first administrator of this district (refused when there is one already)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take every answer as an argument, so that no terminal is needed."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--district-name", default="", help="name of the district's centre")
        parser.add_argument("--district-code", default=settings.DISTRICT_CODE)
        parser.add_argument("--no-second-factor", action="store_true", help="do not ask managers for a second factor")

    def handle(self, **options: Any) -> None:
        """Read the password from LINLI_ADMIN_PASSWORD or ask for it, then create."""
        password = os.environ.get("LINLI_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            account = staff.create_first_administrator(
                username=options["username"],
                name=options["name"],
                password=password,
                district_code=options["district_code"],
                district_name=options["district_name"] or options["district_code"],
                is_second_factor_required=not options["no_second_factor"],
                at=timezone.now(),  # noqa: TID251 -- a command is an edge where the clock is read
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{account.username} may now log in.")
