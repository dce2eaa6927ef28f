"""The WSGI application that `resguardo serve` runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
application = get_wsgi_application()
