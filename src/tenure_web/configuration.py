"""Django's settings. What a company chooses stands in its workspace (tenure.yml and the settings page), not here."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from tenure.errors import TenureError
from tenure.settings import Settings

PACKAGE = Path(__file__).resolve().parent
WORKSPACE = Path(os.environ.get("TENURE_WORKSPACE", ".")).resolve()
DATABASE_URL = os.environ.get("TENURE_DATABASE_URL", "")


def _secret() -> str:
    """The workspace's secret signs sessions and links; without a workspace (checks, migrations) a throw-away one."""
    path = WORKSPACE / "secret"
    return path.read_text().strip() if path.is_file() else os.urandom(32).hex()


def database(address: str) -> dict[str, object]:
    """Django's entry for a PostgreSQL address; without one, for the file in the workspace."""
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": WORKSPACE / "app.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;",
            },
        }
    url = urlsplit(address)
    query = dict(pair.split("=", 1) for pair in url.query.split("&") if pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(query.pop("host", url.hostname or "")),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        # A process that stands still inside a transaction (stopped, or its machine is gone) lets go of what it locked.
        "OPTIONS": {"options": "-c idle_in_transaction_session_timeout=60s"},
    }


def _address() -> str:
    """The address people reach the installation at, from tenure.yml; empty without a workspace."""
    try:
        return Settings.load(WORKSPACE).address
    except TenureError:
        return ""


SECRET_KEY = _secret()
DEBUG = False
ADDRESS = urlsplit(_address())
ALLOWED_HOSTS = os.environ.get("TENURE_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
ALLOWED_HOSTS += [ADDRESS.hostname] if ADDRESS.hostname and ADDRESS.hostname not in ALLOWED_HOSTS else []
CSRF_TRUSTED_ORIGINS = [f"{ADDRESS.scheme}://{ADDRESS.netloc}"] if ADDRESS.netloc else []
TRUSTED_PROXIES = [
    part.strip() for part in os.environ.get("TENURE_PROXIES", "127.0.0.1,::1").split(",") if part.strip()
]
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
ROOT_URLCONF = "tenure_web.urls"
WSGI_APPLICATION = "tenure_web.wsgi.application"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    *(
        f"tenure_web.{app}"
        for app in "theme accounts audit settings customers collect stages segments value risk needs".split()
    ),
    *(f"tenure_web.{app}" for app in "definitions journeys messages reports api worker".split()),
]

MIDDLEWARE = [
    "tenure_web.api.light.light_path",  # first: tracking requests need none of the others
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenure_web.accounts.gate.SignInRequired",
    "tenure_web.accounts.gate.OwnLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenure_web.theme.failures.PlainFailures",
    "tenure_web.theme.zone.WorkspaceZone",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "tenure_web.accounts.rights.rights",
                "tenure_web.theme.context.frame",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.scheme == "https"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
