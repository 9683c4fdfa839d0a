"""Django registration."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.web under the label ``web``."""

    name = "linli.web"
    label = "web"
