"""What the production server runs."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
# Every page is imported now: Django would do so within the first call, which then waits for seconds.
_ = get_resolver().url_patterns
