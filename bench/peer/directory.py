"""Settings of the peer; run by the Python of `var/peer`, which holds requirements/bench.lock.

`gunicorn -w 2 served:application` with PEER_HOST and PEER_DATABASE; `filled.fill` makes tables and people.
"""

import os

SECRET_KEY = "for-measuring-only"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "people.tokens.Tokens"]
AUTH_USER_MODEL = "people.Person"
ROOT_URLCONF = "people.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PEER_DATABASE"], "USER": "postgres",
        "HOST": os.environ["PEER_HOST"], "CONN_MAX_AGE": 600,
    }
}  # fmt: skip
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1",
    "SCHEME": "http",
    "USER_ADAPTER": "people.adapter.Adapter",
    "USER_FILTER_PARSER": "people.filters.Filter",
    "GROUP_MODEL": "people.models.Group",
    "GET_EXTRA_MODEL_FILTER_KWARGS_GETTER": "people.filters.of_company",
    "AUTHENTICATION_SCHEMES": [
        {"type": "oauthbearertoken", "name": "Bearer", "description": "", "specUri": "", "documentationUri": ""}
    ],
}
