"""What the import commands share: rehearse first, write when asked, every problem on its own line (导入命令)."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from linli.place.actions import ImportRefused, ImportReport
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting


class ImportCommand(BaseCommand, ABC):
    """An import from one file, rehearsed unless --write is given."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file and whether to write."""
        parser.add_argument("file")
        parser.add_argument("--write", action="store_true", help="write; without it nothing is changed")

    @abstractmethod
    def take_in(self, content: bytes, *, dry_run: bool, **options: Any) -> ImportReport:
        """Read the content and import it."""

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import and print the report.

        Raises:
            CommandError: the file cannot be read, or a row has an error.
        """
        try:
            with acting(EVERYTHING):
                report = self.take_in(Path(options["file"]).read_bytes(), dry_run=not options["write"], **options)
        except OSError as unreadable:
            raise CommandError(f"{options['file']}: {unreadable.strerror}") from unreadable
        except ImportRefused as refusal:
            self._tell(refusal.report)
            raise CommandError(str(refusal)) from refusal
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(report)

    def _tell(self, report: ImportReport) -> None:
        for problem in report.problems:
            mark = "错误" if problem.is_error else "提醒"
            self.stdout.write(f"第 {problem.row} 行 {mark} {problem.code} {problem.message}")
        created, changed, closed = len(report.created), len(report.changed), len(report.closed)
        counts = f"共 {report.rows} 行：新增 {created}，更新 {changed}，停用 {closed}，不变 {report.unchanged}；"
        counts += f"错误 {len(report.errors)}，提醒 {len(report.warnings)}。"
        self.stdout.write(counts + ("（演练，未写入）" if report.dry_run else ""))
