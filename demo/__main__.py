"""Build the made-up district: ``python -m demo --scale small --seed 7``."""

import argparse
import os
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--scale", choices=["tiny", "small", "district"], default="small")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    django.setup()
    from demo.build import build  # noqa: PLC0415 -- Django must be set up first

    build(scale=chosen.scale, seed=chosen.seed, at=datetime.now(UTC))


if __name__ == "__main__":
    main()
