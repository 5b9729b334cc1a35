"""Settings of the practice IdP: a site of its own, without a database. Loopback only."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from portal.demo.state import URL

if os.environ.get("SEATGATE_DEMO") != "1":
    raise ImproperlyConfigured("The practice IdP runs only in demo mode (SEATGATE_DEMO=1).")

BASE_DIR = Path(__file__).resolve().parent.parent.parent
if urlsplit(URL).hostname not in ("127.0.0.1", "localhost"):
    raise ImproperlyConfigured("PRACTICE_IDP_URL must be a loopback address.")

SECRET_KEY = get_random_secret_key()
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "portal.demo.site_urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "django.contrib.messages", "django_cotton"]
MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.demo.site_frame.Gate",
]
# There is no database, so a browser keeps the answer to its last act itself.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": ["django.contrib.messages.context_processors.messages"],
            "loaders": ["django_cotton.cotton_loader.Loader", "django.template.loaders.filesystem.Loader"],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "portal.templatetags.look",
            ],
        },
    }
]
COTTON_DIR = "cotton"
USE_TZ = True
