"""Django registration of the stage."""

from django.apps import AppConfig


class StageConfig(AppConfig):
    """Register linli.people under the label ``people``."""

    name = "linli.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
