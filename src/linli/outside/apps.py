"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.outside under the label ``outside``."""

    name = "linli.outside"
    label = "outside"
    default_auto_field = "django.db.models.BigAutoField"
