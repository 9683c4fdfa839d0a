"""Django registration."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.runtime under the label ``runtime``."""

    name = "linli.runtime"
    label = "runtime"
