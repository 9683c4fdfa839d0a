"""Settings, urls, asgi/wsgi."""
