"""``./linli manage verify_chains --since 2026-01-01``: recompute the chains of events (核验流转记录)."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from linli.case.queries import check_chains
from linli.shared.scope import EVERYTHING, acting

DAYS = 30


class Command(BaseCommand):
    """Check that no event of a case was changed, removed or slipped in."""

    help = "Recompute the hash chain of every case opened in a period; fails when one does not hold together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the first and the last day."""
        parser.add_argument("--since", type=date.fromisoformat, help=f"first day (default: {DAYS} days ago)")
        parser.add_argument("--until", type=date.fromisoformat, help="last day (default: today)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check and print the numbers of broken cases.

        Raises:
            CommandError: at least one chain is broken.
        """
        today = timezone.localdate(timezone.now())  # noqa: TID251 -- a command is an edge, like a page
        first = options["since"] or today - timedelta(days=DAYS)
        last = options["until"] or today
        with acting(EVERYTHING):
            checked = check_chains(since=_midnight(first), until=_midnight(last + timedelta(days=1)))
        self.stdout.write(f"{first} 至 {last}：核验 {checked.case_count} 件事项、{checked.event_count} 条流转记录。")
        if checked.broken:
            raise CommandError("流转记录被改动过的事项：" + "、".join(number for _pk, number in checked.broken))
        self.stdout.write("全部完好。")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
