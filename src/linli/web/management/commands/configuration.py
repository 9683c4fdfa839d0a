"""``./linli manage configuration export|compare|take-in FILE``: move a reviewed configuration (配置搬移)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.web.admin.configuration import moving
from linli.web.admin.configuration.parts import Who


class Command(BaseCommand):
    """Tell, compare or take in what a district has set up."""

    help = "Write this district's configuration to a file, compare a file with it, or take one in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what to do, and the file."""
        parser.add_argument("what", choices=["export", "compare", "take-in"])
        parser.add_argument("file", type=Path, help="- for standard output of an export")
        parser.add_argument("--reason", default="", help="why it is taken in; kept in the audit")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it.

        Raises:
            CommandError: the file is no configuration, or something stands in the way.
        """
        file: Path = options["file"]
        try:
            with acting(EVERYTHING):
                if options["what"] == "export":
                    self._export(file)
                elif options["what"] == "compare":
                    self._say(moving.compared(file.read_bytes()))
                else:
                    who = Who(at=timezone.now(), by_post_id=None, reason=options["reason"])
                    self._say(moving.take_in(file.read_bytes(), who=who))
        except moving.NotTakenIn as refusal:
            self._say(refusal.found)
            raise CommandError(refusal.sentence) from refusal
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except OSError as fault:
            raise CommandError(f"{file}: {fault.strerror}") from fault

    def _export(self, file: Path) -> None:
        if str(file) == "-":
            sys.stdout.buffer.write(moving.told())
        else:
            file.write_bytes(moving.told())

    def _say(self, found: list[moving.Difference]) -> None:
        for part in found:
            counts = f"新增 {len(part.coming)}，更改 {len(part.changed)}，停用 {len(part.going)}"
            self.stdout.write(f"{part.title}：{counts}")
            for change in part.changes:
                self.stdout.write(f"  {change.key}: {change.before} → {change.after}")
            for key, refusal in part.problems:
                self.stderr.write(f"  {key}: {refusal.sentence}")
