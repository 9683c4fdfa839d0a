"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.whistle under the label ``whistle``."""

    name = "linli.whistle"
    label = "whistle"
    default_auto_field = "django.db.models.BigAutoField"
