"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.report under the label ``report``."""

    name = "linli.report"
    label = "report"
    default_auto_field = "django.db.models.BigAutoField"
