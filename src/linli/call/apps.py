"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.call under the label ``call``."""

    name = "linli.call"
    label = "call"
    default_auto_field = "django.db.models.BigAutoField"
