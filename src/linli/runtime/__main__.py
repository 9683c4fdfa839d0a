"""Commands of ./linli (命令行)."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from linli.runtime import commands
from linli.runtime.trouble import Trouble

PORT = 8000
SHELL_ADDS = 128  # to a signal, in the code of a command that it ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a foreseen obstacle is one line, not a traceback; one that was broken off has not succeeded."""
    signal.signal(signal.SIGTERM, _terminate)  # stopped by a service manager is stopped as by Ctrl-C
    given = list(sys.argv[1:] if arguments is None else arguments)
    passed_on = commands.PASSED_ON.get(given[0]) if given else None
    try:
        if passed_on:  # these take options of their own
            return passed_on(given[1:])
        chosen = _parser().parse_args(given)
        return int(chosen.run(chosen))
    except Trouble as trouble:
        print(f"linli: {trouble}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt as stop:
        print("linli: stopped before it was done.", file=sys.stderr)
        return SHELL_ADDS + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


class Terminated(KeyboardInterrupt):
    """Somebody asked this process to end (SIGTERM)."""


def _terminate(_signal: int, _frame: object) -> None:
    raise Terminated


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linli", description="Linli 邻里: neighbourhood services on one machine.")
    chosen = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = _serving(chosen, "demo", commands.demo, "a made-up district with sample logins, in two minutes")
    demo.add_argument("--scale", choices=["tiny", "small", "district"], default="small")
    demo.add_argument("--seed", type=int, default=7, help="the same seed makes the same district")

    up = _serving(chosen, "up", commands.up, "your own district; the first time it asks what it needs")
    up.add_argument("--no-questions", action="store_true", help="take every answer from the environment")

    doctor = chosen.add_parser("doctor", help="say what is missing here and how to mend it")
    doctor.add_argument("--data", type=Path)
    doctor.add_argument("--port", type=_port, default=PORT)
    doctor.set_defaults(run=commands.look)
    backup = chosen.add_parser("backup", help="copy a running linli into a new folder: database, photos, secret")
    backup.add_argument("target", type=Path)
    backup.add_argument("--data", type=Path)
    backup.set_defaults(run=commands.back_up)

    restore = chosen.add_parser("restore", help="make a new data folder from a backup")
    restore.add_argument("source", type=Path)
    restore.add_argument("--data", type=Path, required=True)
    restore.set_defaults(run=commands.restore)
    for name, words in commands.PASSED_ON_HELP.items():
        chosen.add_parser(name, help=words, add_help=False)
    return parser


def _serving(chosen: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str,
             run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:  # fmt: skip
    parser = chosen.add_parser(name, help=words, description=words)
    parser.add_argument("--data", type=Path, help="data folder (default: a folder in .linli/)")
    parser.add_argument("--host", default=os.environ.get("LINLI_HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=_port, default=PORT)
    parser.set_defaults(run=run)
    return parser


def _port(words: str) -> int:
    if not words.isdigit() or not 0 < int(words) < 65536:
        raise argparse.ArgumentTypeError(f"{words} is not a port (1 to 65535)")
    return int(words)


if __name__ == "__main__":
    sys.exit(main())
