"""Django registration."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.jobs under the label ``jobs``."""

    name = "linli.jobs"
    label = "jobs"
