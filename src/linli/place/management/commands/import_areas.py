"""``./linli manage import_areas FILE``: rehearse, then take in yearly area codes (导入区划代码)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from linli.place.actions import ImportReport, import_areas
from linli.place.forms import read_table
from linli.place.management.imports import ImportCommand


class Command(ImportCommand):
    """Rehearse an import of area codes; write it with --write."""

    help = "Rehearse an import of yearly area codes (CSV), listing every problem by row; --write takes it in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the year of rows that name none."""
        super().add_arguments(parser)
        parser.add_argument("--year", type=int, help="year of rows without a date")

    def take_in(self, content: bytes, *, dry_run: bool, **options: Any) -> ImportReport:
        """Read the table and import it."""
        at = timezone.now()  # noqa: TID251 -- a command is an edge, like a page
        return import_areas(
            rows=read_table(content), year=options["year"], at=at, dry_run=dry_run, by_words=Path(options["file"]).name
        )
