"""The command `linli due`: when a limit is over (算时限)."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from linli.shared.calendar.clock import BEIJING, Calendar, due
from linli.shared.calendar.limits import Limit
from linli.shared.calendar.shelf import FILES, load


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the deadline of a limit and return 0, or say what is wrong in one line and return 2 (算时限)."""
    parser = _parser()
    try:
        asked = parser.parse_args(argv)
    except SystemExit as stop:  # argparse leaves by itself, after its one line or its help
        return int(stop.code or 0)
    try:
        calendar = load(asked.calendar, asked.overlay)
        moment = due(calendar=calendar, start=_moment(asked.start), limit=Limit.parse(asked.limit))
    except ValueError as trouble:
        sys.stderr.write(f"{parser.prog}: {trouble}\n")
        return 2
    _answer(calendar, moment, as_json=asked.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="linli due", description="Say when a limit is over.")
    parser.add_argument("--from", dest="start", required=True, metavar="MOMENT",
                        help="2026-02-14T17:00, in Beijing time unless it names its zone")  # fmt: skip
    parser.add_argument("--limit", required=True, help="“5 working days”, “2 working hours”, “24 urgent hours”, …")
    parser.add_argument("--calendar", default="statutory", help=", ".join(FILES))
    parser.add_argument("--overlay", type=Path, metavar="FILE", help="the district's own days, TOML or CSV")
    parser.add_argument("--json", action="store_true", help="for a program")
    return parser


def _moment(words: str) -> datetime:
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        raise ValueError(f"cannot read the moment {words[:60]!r}: write for example 2026-02-14T17:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def _answer(calendar: Calendar, moment: datetime, *, as_json: bool) -> None:
    is_provisional = calendar.is_provisional(moment.year)
    if as_json:
        answer = {"due_at": moment.isoformat(), "calendar": calendar.name, "is_provisional": is_provisional}
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    sys.stdout.write(moment.isoformat() + "\n")
    if is_provisional:
        sys.stderr.write(f"provisional: the holidays of {moment.year} are not all known yet\n")


if __name__ == "__main__":
    sys.exit(main())
