"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.confirm under the label ``confirm``."""

    name = "linli.confirm"
    label = "confirm"
    default_auto_field = "django.db.models.BigAutoField"
