"""``./linli manage verify_rates``: tell the scorecard again from the events, and compare."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from linli.report import queries as reports
from linli.shared.scope import EVERYTHING, acting


class Command(BaseCommand):
    """Compare what is kept with what the events say (核对三率)."""

    help = "Count the three rates of a period again from the events alone, and compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a first and a last day."""
        parser.add_argument(
            "--since", type=date.fromisoformat, help="first day; thirty days before the last by default"
        )
        parser.add_argument("--until", type=date.fromisoformat, required=True, help="last day")

    def handle(self, *_args: Any, **given: Any) -> None:
        """Say that they are equal, or where they are not."""
        last = given["until"]
        asked = {"prefix": settings.DISTRICT_CODE, "first": given["since"] or last - timedelta(days=29), "last": last}
        with acting(EVERYTHING):
            kept, told = reports.scorecard(**asked), reports.retold_scorecard(**asked)
        wrong = [
            f"{side} {key}: {kept.by(side).get(key)} ≠ {rates}"
            for side in ("street", "owner", "lead")
            for key, rates in told.by(side).items()
            if kept.by(side).get(key) != rates
        ]
        if wrong or kept.total() != told.total():
            raise CommandError("\n".join(["the kept rates are not what the events say:", *wrong]))
        self.stdout.write(f"equal: {kept.total().case_count} cases from {asked['first']} to {last}\n")
