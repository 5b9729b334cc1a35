"""One settings file, by environment; `.env.example` lists every variable.

Production is any BASE_URL that is not loopback: there a weak configuration stops the start with a sentence.
"""

import base64
import hashlib
import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from portal import headers, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
DEFAULT_KEY = "insecure-key-for-a-loopback-address-only"


def _is_loopback(host: str) -> bool:
    """Say whether a host name or address stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _must(condition: bool, sentence: str) -> None:
    if not condition:
        raise ImproperlyConfigured(sentence)


# ── Where we are ─────────────────────────────────────────────────────────────────────────────────────────────────────
BASE_URL = env("BASE_URL", default="http://localhost:8000").rstrip("/")
_base = urlsplit(BASE_URL)
_must(
    _base.scheme in ("http", "https") and bool(_base.hostname) and not _base.path,
    "BASE_URL must look like https://seats.example.com, without a path.",
)
LOOPBACK = _is_loopback(_base.hostname or "")
HTTPS = _base.scheme == "https"
DEMO = env.bool("SEATGATE_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default=DEFAULT_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_base.hostname])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
PRODUCT_URL = env("PRODUCT_URL", default="")
PRODUCT_NAME = env("PRODUCT_NAME", default="")
SCIM_RATE_LIMIT = env.int("SCIM_RATE_LIMIT", default=50)
ACS_RATE_LIMIT = env.int("ACS_RATE_LIMIT", default=20)
API_RATE_LIMIT = env.int("API_RATE_LIMIT", default=50)
# Host names, addresses and networks we may call though they are private: an identity provider inside the house.
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])
DNS_RESOLVERS = env.list("DNS_RESOLVERS", default=[])
PRACTICE_IDP_URL = env("PRACTICE_IDP_URL", default="http://127.0.0.1:8001")

_must(LOOPBACK or HTTPS, "BASE_URL must start with https:// unless it is a loopback address.")
_must(LOOPBACK or not DEMO, "Demo mode (SEATGATE_DEMO) runs only where BASE_URL is a loopback address.")
_must(LOOPBACK or SECRET_KEY != DEFAULT_KEY, "Set SECRET_KEY to a long random text.")
_must(LOOPBACK or len(SECRET_KEY) >= 32, "SECRET_KEY must have at least 32 characters.")
_must(LOOPBACK or not DEBUG, "DEBUG must be off unless BASE_URL is a loopback address.")
_must(LOOPBACK or "*" not in ALLOWED_HOSTS, "ALLOWED_HOSTS must name hosts; * opens the door to forged links.")

# Keys that seal secrets at rest: "id:base64 of 32 bytes", newest first; older ones are still read (rotation).
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
_must(LOOPBACK or bool(ENCRYPTION_KEYS), "Set ENCRYPTION_KEYS (id:base64 of 32 random bytes), see .env.example.")
if not ENCRYPTION_KEYS:
    _derived = hashlib.sha256(b"seatgate sealed fields" + SECRET_KEY.encode()).digest()
    ENCRYPTION_KEYS = [f"derived:{base64.b64encode(_derived).decode()}"]

# ── Apps and the way of a request ────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_cotton",
    "django_htmx",
    "portal",
    "portal.teams",
    "portal.outbound",
    "portal.outbound.webhooks",
    "portal.imports",
    "portal.directories",
    "portal.api",
    "portal.pages",
    "portal.operators",
    "sso",
    "scim",
]
if DEMO:
    INSTALLED_APPS.append("portal.demo")

MIDDLEWARE = [
    "portal.watch.Watch",
    "portal.proxy.TrustedProxies",
    "portal.chain.ShortChain",
    "csp.middleware.CSPMiddleware",  # Before what answers by itself: redirects to https and files carry it too.
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.door.DoorMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "portal.templatetags.look",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "portal.frame.frame",
            ],
        },
    }
]
COTTON_DIR = "cotton"

# ── Data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
# Not a URL made from the path: a folder's name may hold characters that mean something in a URL.
_sqlite: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "seatgate.sqlite3"}
_url = env("DATABASE_URL", default="")
DATABASES: dict[str, dict[str, Any]] = {"default": env.db("DATABASE_URL") if _url else _sqlite}
_db = DATABASES["default"]
if "sqlite" in _db["ENGINE"]:
    VAR_DIR.mkdir(exist_ok=True)
    # IMMEDIATE makes two writers queue instead of failing with "database is locked".
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _db["ENGINE"] = "portal.postgres"
    _db["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    _db["CONN_HEALTH_CHECKS"] = True
    # A firewall between forgets a connection that says nothing. Asked every half minute it does not, and one that is
    # lost all the same is found within a minute, before a call needs it; what the URL says of these goes first.
    _alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 20_000}
    _db["OPTIONS"] = _alive | _db.get("OPTIONS", {})
    _db["OPTIONS"]["options"] = "-c statement_timeout=20000 -c lock_timeout=10000"
    # An old pooler in transaction mode can't carry prepared statements.
    _db["PREPARED_STATEMENTS"] = env.bool("PREPARED_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_cache_url = env("CACHE_URL", default="")
CACHES: dict[str, Any] = {
    "default": env.cache_url_config(_cache_url)
    if _cache_url
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Django keeps 300 rows and deletes a third beyond: the counts of limits would go with them.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# ── People and browsers ──────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.account.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
MFA_ADAPTER = "portal.account.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODE_DIGITS = 10
# One step of 30 seconds to either side: a phone's clock may be off by so much.
MFA_TOTP_TOLERANCE = 1

_host = "__Host-" if HTTPS else ""
SESSION_ENGINE = "portal.teams.sessions"
SESSION_COOKIE_NAME = f"{_host}seatgate"
SESSION_COOKIE_AGE = 24 * 3600
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_host}seatgate_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = headers.PAGES
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# ── How long what is kept ────────────────────────────────────────────────────────────────────────────────────────────
KEEP_EVENT_DAYS = env.int("KEEP_EVENT_DAYS", default=400)
KEEP_CLOSED_TEAM_DAYS = env.int("KEEP_CLOSED_TEAM_DAYS", default=90)
KEEP_LETTER_DAYS = env.int("KEEP_LETTER_DAYS", default=30)
KEEP_LOG_DAYS = env.int("KEEP_LOG_DAYS", default=30)
_must(min(KEEP_EVENT_DAYS, KEEP_CLOSED_TEAM_DAYS, KEEP_LETTER_DAYS, KEEP_LOG_DAYS) >= 1, "KEEP_…_DAYS: 1 or more.")

# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
if DEMO:
    EMAIL_BACKEND = "portal.demo.console.EmailBackend"
DEFAULT_FROM_EMAIL = env("FROM_EMAIL", default=f"Seatgate <seatgate@{_base.hostname}>")
# A mail server that says nothing must not hold the other letters up for ever.
EMAIL_TIMEOUT = 30
OPERATOR_EMAIL = env("OPERATOR_EMAIL", default="")

# ── Words and files ──────────────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["portal.formats"]
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Hashed names where the files have been collected (./dev serve); plain ones in the demo and in tests.
_collected = (STATIC_ROOT / "staticfiles.json").exists() and not DEMO
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("COLLECTED_STATIC", default=_collected)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not env.bool("COLLECTED_STATIC", default=_collected)

# ── The API's description ────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Seatgate API",
    "VERSION": "1",
    "DESCRIPTION": "Who holds a seat, who is in a team, and what happened there: for the product behind the portal.",
    "APPEND_COMPONENTS": {"securitySchemes": {"ApiKey": {"type": "http", "scheme": "bearer"}}},
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # In the order of the addresses, not of the alphabet.
    "SORT_OPERATIONS": False,
}

LOG_FORMAT = env("LOG_FORMAT", default="text")
_must(LOG_FORMAT in ("text", "json"), "LOG_FORMAT must be text or json.")
# A line for each request; nginx or another proxy may write it as well.
LOG_REQUESTS = env.bool("LOG_REQUESTS", default=LOG_FORMAT == "json")
LOGGING = logs.configured(LOG_FORMAT, env("LOG_LEVEL", default="INFO"))

# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
METRICS_TOKEN = env("METRICS_TOKEN", default="")
_must(not METRICS_TOKEN or len(METRICS_TOKEN) >= 20, "METRICS_TOKEN must have at least 20 characters.")
if METRICS_TOKEN:
    METRICS_DIR = Path(env("METRICS_DIR", default=str(VAR_DIR / "metrics")))
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # read when the library is first imported
# //scim/… is SCIM's own 404, not a page of the portal: its route begins with slashes on purpose.
SILENCED_SYSTEM_CHECKS = ["urls.W002"]
