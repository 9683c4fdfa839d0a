"""WSGI entry: pages and machine doors."""

import os

from django.core.wsgi import get_wsgi_application

from linli.shared.collector import spare_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
application = get_wsgi_application()
spare_what_is_loaded()
