"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.handling under the label ``handling``."""

    name = "linli.handling"
    label = "handling"
    default_auto_field = "django.db.models.BigAutoField"
