"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.text under the label ``text``."""

    name = "linli.text"
    label = "text"
    default_auto_field = "django.db.models.BigAutoField"
