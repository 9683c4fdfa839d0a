"""WSGI entry: pages and machine doors."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
application = get_wsgi_application()

# What is loaded now stays; the collector need not walk it, nor the map kept in memory, every few requests.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 100)
