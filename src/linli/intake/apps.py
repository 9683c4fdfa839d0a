"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.intake under the label ``intake``."""

    name = "linli.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
