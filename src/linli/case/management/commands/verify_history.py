"""``./linli verify-history --since 2026-01-01``: recompute the chains of events (核验流转记录)."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from linli.call import chains as calls
from linli.case.chains import Broken, Fault, check
from linli.shared.scope import EVERYTHING, acting

DAYS = 30
GAPS_SHOWN = 20
SAID = {
    Fault.CHANGED: "第 %d 条被改动过",
    Fault.MISSING: "第 %d 条不见了",
    Fault.ADDED: "第 %d 条是后来插入的",
    Fault.HEAD: "第 %d 条之后的结尾和事项对不上",
}
CALL_SAID = SAID | {Fault.HEAD: "第 %d 条之后的结尾和呼叫对不上"}
DEVICE_SAID = SAID | {Fault.HEAD: "第 %d 条之后的结尾和设备对不上"}


class Command(BaseCommand):
    """Check that no event of a case, a call or a device was changed, removed or slipped in."""

    help = (
        "Recompute the hash chains of the cases, calls and devices of a period; fail and name the rows that are wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the first and the last day."""
        parser.add_argument("--since", type=date.fromisoformat, help=f"first day (default: {DAYS} days ago)")
        parser.add_argument("--until", type=date.fromisoformat, help="last day (default: today)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, and name the first wrong row of each broken case.

        Raises:
            CommandError: at least one chain is broken.
        """
        today = timezone.localdate(timezone.now())  # noqa: TID251 -- a command is an edge, like a page
        first = options["since"] or today - timedelta(days=DAYS)
        last = options["until"] or today
        with acting(EVERYTHING):
            period = {"since": _midnight(first), "until": _midnight(last + timedelta(days=1))}
            checked, called, devices = check(**period), calls.check(**period), calls.check_devices(**period)
        self.stdout.write(f"{first} 至 {last}：核验 {checked.case_count} 件事项、{checked.event_count} 条流转记录。")
        if called.count:
            self.stdout.write(f"核验 {called.count} 次呼叫、{called.event_count} 条呼叫记录。")
        if devices.count:
            self.stdout.write(f"核验 {devices.count} 台设备、{devices.event_count} 条设备记录。")
        for gap in checked.gaps[:GAPS_SHOWN]:
            self.stdout.write(f"编号 {gap.after} 与 {gap.before} 之间缺 {gap.count} 个：没有用上，或者事项被整件删掉。")
        if len(checked.gaps) > GAPS_SHOWN:
            self.stdout.write(f"还有 {len(checked.gaps) - GAPS_SHOWN} 处缺号。")
        lines = [*map(_line, checked.broken), *(f"  诉求 {one}：它的事项不见了" for one in checked.orphans)]
        lines += [f"  呼叫 {one.number}：" + CALL_SAID[one.wrong.fault] % one.wrong.sequence for one in called.broken]
        lines += [
            f"  设备 {one.number}：" + DEVICE_SAID[one.wrong.fault] % one.wrong.sequence for one in devices.broken
        ]
        lines += [f"  按键 {one}：它的呼叫不见了" for one in called.orphans]
        if lines:
            raise CommandError("流转记录被改动过：\n" + "\n".join(lines))
        self.stdout.write("全部完好。")


def _line(broken: Broken) -> str:
    return f"  {broken.number}：" + SAID[broken.fault] % broken.sequence


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
