"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.notice under the label ``notice``."""

    name = "linli.notice"
    label = "notice"
    default_auto_field = "django.db.models.BigAutoField"
