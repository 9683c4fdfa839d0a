"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.place under the label ``place``."""

    name = "linli.place"
    label = "place"
    default_auto_field = "django.db.models.BigAutoField"
