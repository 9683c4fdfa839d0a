"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.case under the label ``case``."""

    name = "linli.case"
    label = "case"
    default_auto_field = "django.db.models.BigAutoField"
