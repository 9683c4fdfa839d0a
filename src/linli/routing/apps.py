"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.routing under the label ``routing``."""

    name = "linli.routing"
    label = "routing"
    default_auto_field = "django.db.models.BigAutoField"
