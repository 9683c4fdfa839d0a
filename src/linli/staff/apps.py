"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.staff under the label ``staff``."""

    name = "linli.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
