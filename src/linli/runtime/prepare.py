"""Run as a process of its own by the supervisor: bring tables up to date, gather static files (迁移与静态文件)."""

import os
import sys

import django
from django.core.management import call_command


def main(steps: list[str]) -> None:
    """Do the named steps in one Django process, because starting it costs a second."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    if "tables" in steps:
        call_command("migrate", interactive=False, verbosity=1)
    if "static" in steps:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)


if __name__ == "__main__":
    main(sys.argv[1:])
