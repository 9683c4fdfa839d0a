"""``./linli manage import_grids FILE --datum GCJ02``: rehearse, then take in grids and buildings (导入网格)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from linli.place.actions import ImportReport, import_grids
from linli.place.forms import looks_like_features, read_features, read_table
from linli.place.management.imports import ImportCommand
from linli.place.rules import Datum


class Command(ImportCommand):
    """Rehearse an import of grids; write it with --write."""

    help = "Rehearse an import of grids, buildings and outlines (CSV or GeoJSON), listing every problem by row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the datum: there is no safe guess."""
        super().add_arguments(parser)
        parser.add_argument("--datum", required=True, choices=[datum.value for datum in Datum])

    def take_in(self, content: bytes, *, dry_run: bool, **options: Any) -> ImportReport:
        """Read the file and import it."""
        is_map = looks_like_features(content)
        return import_grids(
            features=read_features(content) if is_map else None,
            rows=None if is_map else read_table(content),
            datum=Datum(options["datum"]),
            at=timezone.now(),  # noqa: TID251 -- a command is an edge, like a page
            dry_run=dry_run,
            by_words=Path(options["file"]).name,
        )
