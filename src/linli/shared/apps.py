"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.shared under the label ``shared``."""

    name = "linli.shared"
    label = "shared"
    default_auto_field = "django.db.models.BigAutoField"
