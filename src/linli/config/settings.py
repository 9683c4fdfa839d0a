"""Every setting in one file; each site difference is an environment variable LINLI_…; a wrong value stops the start."""

import os
import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent.parent


def _number(name: str, default: int) -> int:
    raw = os.environ.get(name, str(default))
    if not raw.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}")
    return int(raw)


def _choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    raw = os.environ.get(name, default)
    if raw not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {raw!r}")
    return raw


def _networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    raw = [words.strip() for words in os.environ.get(name, "").split(",") if words.strip()]
    try:
        return tuple(ip_network(words) for words in raw)
    except ValueError as fault:
        raise ImproperlyConfigured(f"{name} must be networks such as 10.1.0.0/16, comma-separated: {fault}") from fault


def _address(name: str, schemes: tuple[str, ...]) -> str:
    raw = os.environ.get(name, "").strip().rstrip("/")
    parts = urlsplit(raw)
    is_somewhere = parts.hostname or (parts.scheme == "unix" and parts.path)
    if raw and (parts.scheme not in schemes or not is_somewhere):
        raise ImproperlyConfigured(f"{name} must be an address such as {schemes[0]}://host, not {raw!r}")
    return raw


def _key(name: str) -> str:
    raw = os.environ.get(name, "").strip().rstrip("=")
    if raw and not re.fullmatch(r"[A-Za-z0-9_-]{43}", raw):
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64url, 43 letters and digits, not {len(raw)}")
    return raw


def _switch(name: str, *, default: bool) -> bool:
    return _choice(name, "on" if default else "off", ("on", "off")) == "on"


# Where everything that is not code lives: photos, exports, keys, the embedded database.
DATA_DIR = Path(os.environ.get("LINLI_DATA", REPOSITORY / ".linli"))
PHOTO_DIR = DATA_DIR / "photos"
ATTACHMENT_DIR = DATA_DIR / "attachments"
EXPORT_DIR = DATA_DIR / "exports"

# One secret signs sessions and follow links and wraps the field-encryption key. The launcher makes one per data folder.
SECRET_KEY = os.environ.get("LINLI_SECRET", "insecure-only-for-imports-and-tests")
CRYPTO = _choice("LINLI_CRYPTO", "aes", ("aes", "sm"))
DEBUG = _switch("LINLI_DEBUG", default=False)
ALLOWED_HOSTS = os.environ.get("LINLI_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LINLI_ORIGINS", "").split(",") if origin]
SECURE = _switch("LINLI_HTTPS", default=False)

# The district this cell serves, and its working calendar.
DISTRICT_CODE = os.environ.get("LINLI_DISTRICT", "540102")
# A grid's code is its community's with three digits (GB/T 30428.1), or two (the older CJ/T 213).
GRID_DIGITS = int(_choice("LINLI_GRID_DIGITS", "3", ("2", "3")))
CALENDAR = os.environ.get("LINLI_CALENDAR", "lhasa")
PROFILE = _choice("LINLI_PROFILE", "lhasa", ("beijing", "five-workday", "lhasa"))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "procrastinate.contrib.django",
    "linli.shared",
    "linli.text",
    "linli.place",
    "linli.staff",
    "linli.routing",
    "linli.people",
    "linli.intake",
    "linli.call",
    "linli.case",
    "linli.whistle",
    "linli.outside",
    "linli.handling",
    "linli.confirm",
    "linli.notice",
    "linli.report",
    "linli.jobs",
    "linli.web",
    "linli.runtime",
]

MIDDLEWARE = [
    "linli.api.doors.MachineDoors",  # first: a machine door needs none of what follows
    "django.middleware.security.SecurityMiddleware",
    "linli.web.policy.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "linli.web.session.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "linli.web.session.PostMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "linli.config.urls"
WSGI_APPLICATION = "linli.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", *sorted((PACKAGE / "web").glob("*/templates"))],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linli.web.context.page",
            ],
        },
    }
]

# PostgreSQL is the only database. LINLI_DATABASE_URL is any libpq URL or key=value string.
# LINLI_DATABASE_ROLE is the role that web, worker and clock take on after connecting; it owns nothing and cannot
# bypass row-level security. Migrations run without it.
DATABASE_URL = os.environ.get("LINLI_DATABASE_URL", "")
DATABASE_ROLE = os.environ.get("LINLI_DATABASE_ROLE", "")
_dsn = {key: str(value) for key, value in conninfo_to_dict(DATABASE_URL).items()} if DATABASE_URL else {}
# A line to the database that was cut without a word is noticed after half a minute, not after a quarter of an hour.
LINE = {"connect_timeout": "10", "tcp_user_timeout": "20000", "keepalives_idle": "10", "keepalives_interval": "5"}
DATABASES = {
    "default": {
        "ENGINE": "linli.shared.database",
        "NAME": _dsn.pop("dbname", "linli"),
        "USER": _dsn.pop("user", ""),
        "PASSWORD": _dsn.pop("password", ""),
        "HOST": _dsn.pop("host", ""),
        "PORT": _dsn.pop("port", ""),
        "OPTIONS": {**LINE, **_dsn, "server_side_binding": False, "assume_role": DATABASE_ROLE},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # our backend looks at the socket, which costs no statement
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "TEST": {"NAME": os.environ.get("LINLI_TEST_DATABASE", "test_linli")},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"

# Lock-out: five wrong passwords for one name from one address close the door for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "linli.web.account.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "linli.web.session.client_address"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# How many proxies of our own stand in front: their X-Forwarded-For is believed, nobody else's. Every limit on one
# address rests on it: failed logins, reports, wrong links, machine doors.
TRUSTED_PROXIES = _number("LINLI_TRUSTED_PROXIES", 0)
# They also say whether the browser came by TLS; from anybody else that word is worth nothing.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# Second factor by allauth: TOTP, passkeys, recovery codes. Accounts are made by administrators, never by sign-up.
ACCOUNT_ADAPTER = "linli.web.account.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "linli.web.account.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "邻里 linli"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True

# Used one-time codes and attempt counters are shared by all processes.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "staff_shared_cache"},
}

SESSION_ENGINE = "linli.staff.sessions"
SESSION_COOKIE_AGE = 12 * 3600
IDLE_TIMEOUT_MINUTES = _number("LINLI_IDLE_TIMEOUT_MINUTES", 30)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0  # a browser that came by TLS once comes no other way
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("bo", "བོད་ཡིག"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [path for path in (REPOSITORY / "frontend" / "dist",) if path.is_dir()]

# Server-sent events come from a small ASGI process on its own port; behind a proxy set LINLI_LIVE_URL to its path.
LIVE_PORT = _number("LINLI_LIVE_PORT", 8001)
LIVE_URL = os.environ.get("LINLI_LIVE_URL", "")
BROKER_URL = os.environ.get("LINLI_BROKER_URL", "")

# The private key phones subscribe with (Web Push): base64url of its 32 bytes; empty: made of LINLI_SECRET.
VAPID_KEY = _key("LINLI_VAPID_KEY")

# What messages lead to, and how they leave. Servers outside are spoken to over TLS and never inside our own network,
# unless the site names the network: an SMS gateway often stands there.
PUBLIC_URL = _address("LINLI_PUBLIC_URL", ("https", "http"))
OUTGOING_NETWORKS = _networks("LINLI_OUTGOING_NETWORKS")
OUTGOING_HTTP = _switch("LINLI_OUTGOING_HTTP", default=False)
MAIL_URL = _address("LINLI_MAIL_URL", ("smtp", "smtps", "smtp+tls"))
_mail = urlsplit(MAIL_URL)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or {"smtps": 465, "smtp+tls": 587}.get(_mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("LINLI_MAIL_FROM", "linli@localhost")

# Requests a minute from one address to the machine doors without a key; a key has its own rate.
API_ADDRESS_PER_MINUTE = _number("LINLI_API_ADDRESS_PER_MINUTE", 300)

# Cases closed so many years ago lose who and where; 0: never (docs/howto/archive.md).
ARCHIVE_YEARS = _number("LINLI_ARCHIVE_YEARS", 5)

PHOTO_BYTES_MAX = _number("LINLI_PHOTO_BYTES_MAX", 12_000_000)
ATTACHMENT_BYTES_MAX = _number("LINLI_ATTACHMENT_BYTES_MAX", 30_000_000)
# Files wait for this clamd before they can be opened: tcp://host:3310 or unix:///run/clamav/clamd.ctl; empty: no scan.
CLAMD_URL = _address("LINLI_CLAMD", ("tcp", "unix"))
FILE_UPLOAD_HANDLERS = [
    "linli.web.photos.PhotoLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LINLI_LOG", "WARNING")},
}
