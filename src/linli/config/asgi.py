"""ASGI entry: live hints to open pages, nothing else."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
django.setup()

from linli.jobs.live import application  # noqa: E402 -- needs the registered apps

__all__ = ["application"]
