"""Admin's settings: read once, from the environment alone, and refused in words where they make no sense."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import environ
from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured
from imports.conf import ImportsConf
from jobs.conf import JobsConf
from outbox.conf import OutboxConf

from config.branding import unfold
from config.brokers import require_broker_url
from config.databases import database
from config.hardening import require_files, require_secrets
from config.logs import configure
from config.navigation import ABOUT, NAME, PAGES
from config.parsing import count, flag, origins, rate, web_url
from config.policies import CONSOLE, DOCS, PAGE
from config.tracing import PROTOCOL, is_wanted

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
require_files(os.environ, ("SECRET_KEY", "DATABASE_URL", "BROKER_URL", "SERVICE_URL", "SERVICE_TOKEN"))

# Development: loopback and compose, the API open, defaults for what is secret. Everything else must be said.
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="development-only" if DEBUG else "").strip()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "admin"] if DEBUG else [])
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is missing: set it (or SECRET_KEY_FILE), or DEBUG=1 for development.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is missing: set the host names that clients use, or DEBUG=1.")

DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{quote(str(BASE_DIR))}/admin.sqlite3").strip()
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Empty: no broker; subscribers pull the outbox as a feed, which needs a database that serialises its writers.
BROKER_URL = env.str("BROKER_URL", default="").strip()
OUTBOX = OutboxConf.from_environ(os.environ)
JOBS = JobsConf.from_environ(os.environ)
IMPORTS = ImportsConf.from_environ(os.environ)
if not BROKER_URL and not DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    raise ImproperlyConfigured(
        "BROKER_URL is missing: without a broker the outbox is served as a feed, which only SQLite can keep in order. "
        "Set BROKER_URL=amqp://user:password@host:5672/vhost, or use sqlite:/// in DATABASE_URL."
    )
require_broker_url(BROKER_URL)
if not DEBUG:
    urls = {"DATABASE_URL": DATABASE_URL, "BROKER_URL": BROKER_URL}
    require_secrets(secret_key=SECRET_KEY, hosts=ALLOWED_HOSTS, urls=urls)

# Where service is, for the console alone: no event goes this way.
SERVICE_URL = web_url(
    env.str("SERVICE_URL", default="http://127.0.0.1:8001" if DEBUG else ""),
    name="SERVICE_URL",
    example="http://127.0.0.1:8001",
)
SERVICE_TOKEN = env.str("SERVICE_TOKEN", default="").strip()  # made there, as ADMIN_TOKEN is made here
OTHER_SIDE = {
    "name": "service",
    "url": SERVICE_URL,
    "token": SERVICE_TOKEN,
    "variables": "SERVICE_URL and SERVICE_TOKEN",
}

INSTALLED_APPS = [
    "unfold",  # before Django's admin, whose templates it replaces
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "corsheaders",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "access",
    "processes",
    "console",
    "catalogue",
    "outbox",
    "jobs",
    "imports",
]
# Kind of job → its queue, and the function that does it.
JOB_KINDS = {"import": ("imports", "imports.importing.run"), "drift check": ("checks", "jobs.drift.run")}
MIDDLEWARE = [
    "config.policies.Policies",  # ahead of whatever may answer
    "config.health.probes",
    "config.tracing.traced",
    "config.errors.problems",
    "config.uploads.bounded",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",  # a request without its cookie costs no statement
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",  # ETag, and 304 to who has the answer already
    "axes.middleware.AxesMiddleware",
    "config.away.AwayPages",  # next to the views, whose errors it sees
]
APPEND_SLASH = False  # every URL takes its trailing slash or does without; a redirect would drop a POST's body
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.reports.HidesUrls"
CORS_ALLOWED_ORIGINS = origins(env.list("CORS_ALLOWED_ORIGINS", default=[]), name="CORS_ALLOWED_ORIGINS")
CORS_ALLOW_HEADERS = [*default_headers, "if-match", "if-none-match", "idempotency-key", "traceparent"]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "Idempotency-Replayed", "Trace-Id"]

# Who is let in: everybody in development; else tokens (manage.py tokens), and without one, readers where this says so.
IS_OPEN = DEBUG
PUBLIC_READ = flag(env.str("PUBLIC_READ", default="0"), name="PUBLIC_READ")
TRUSTED_PROXIES = count(
    env.str("TRUSTED_PROXIES", default="0"), name="TRUSTED_PROXIES"
)  # in front of this, each of which writes X-Forwarded-*
HTTPS = flag(env.str("HTTPS", default="0" if DEBUG else "1"), name="HTTPS")  # clients come by TLS, which a proxy ends
SECURE_SSL_REDIRECT = HTTPS
# What subscribers, the other side's console and Prometheus ask, inside the network that they share with this.
SECURE_REDIRECT_EXEMPT = [r"^(metrics/?$|api/(subscriptions|outbox|sync|products/snapshot|products/digest))"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"  # not less: Django's check of a form wants the Referer
# By how the path begins; the rest is the API.
CONTENT_SECURITY_POLICIES = {"/admin/": CONSOLE, "/api/docs": DOCS, "/api/events/docs": PAGE}

# People, who log in to the pages below /admin/. Cookies are of a host whatever the port, so service's have other names.
LOGIN_REDIRECT_URL = "/admin/"
CSRF_TRUSTED_ORIGINS = origins(
    env.list("CSRF_TRUSTED_ORIGINS", default=[]), name="CSRF_TRUSTED_ORIGINS"
)  # behind a proxy that changes the Host
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "lockstep_admin_session", "lockstep_admin_csrf"
SESSION_COOKIE_AGE = 12 * 3600
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # both: a stranger must not be able to lock everybody out
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "config.login.address"
AXES_USERNAME_CALLABLE = "config.login.username"
AXES_LOCKOUT_CALLABLE = "config.login.locked"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # it would grow for ever
AXES_VERBOSE = False
UNFOLD = unfold(name=NAME, about=ABOUT, pages=PAGES, is_development=DEBUG)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The image collects them when it is built. Elsewhere they are looked up where they are installed, request by request.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "config/assets"]
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
STORAGES = {"staticfiles": {"BACKEND": "config.static.Storage"}}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.BoundedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "access.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.Everybody"],
    "DEFAULT_THROTTLE_CLASSES": ["access.throttles.WriteThrottle"],
    "DEFAULT_THROTTLE_RATES": {"write": rate(env.str("WRITE_RATE", default="600/min"), name="WRITE_RATE")},
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "ALLOWED_VERSIONS": ["1"],  # of /api/schema?version=, which drf-spectacular writes into a header
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Schema",
    "DEFAULT_PAGINATION_CLASS": "config.pagination.Pages",
    "EXCEPTION_HANDLER": "config.errors.handle",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Lockstep: admin",
    "DESCRIPTION": "The catalogue: what is written here shows on service.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "PREPROCESSING_HOOKS": ["config.openapi.without_slash"],
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SORT_OPERATION_PARAMETERS": False,
}

# Where a relay or consumer serves its metrics, health and live events (host:port), and how people reach these pages.
METRICS_BIND = env.str("METRICS_BIND", default="").strip()
CONSOLE_URL = web_url(env.str("CONSOLE_URL", default=""), name="CONSOLE_URL", example="http://127.0.0.1:8000/admin/")

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
LOGGING = configure(level=env.str("LOG_LEVEL", default="INFO"), form=env.str("LOG_FORMAT", default="text"))

# Spans, by OpenTelemetry's own names; it reads the rest of its OTEL_* by itself.
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="lockstep-admin")
IS_TRACED = is_wanted(
    endpoints=[
        env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default=""),
        env.str("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", default=""),
    ],
    exporter=env.str("OTEL_TRACES_EXPORTER", default="otlp"),
    protocol=env.str("OTEL_EXPORTER_OTLP_PROTOCOL", default=PROTOCOL),
    is_disabled=env.str("OTEL_SDK_DISABLED", default="false").lower() == "true",
)
