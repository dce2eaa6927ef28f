"""Settings, read once from the environment. The only place that knows SQLite from PostgreSQL.

RESGUARDO_DATA      folder of the database, objects and the deployment's own keys (default ./data)
RESGUARDO_DATABASE  postgresql://user:password@host:port/name; empty means SQLite in the data folder
RESGUARDO_PACK      the country (default gt), or the path of a folder with a pack of your own
RESGUARDO_ORIGIN    name of this deployment's log, as its checkpoints sign it
RESGUARDO_TSA       RFC 3161 authorities as ADDRESS=FILE.pem, separated by spaces; empty: no stamps
RESGUARDO_SIGNER    pkcs11:/module.so?token=T&key=K&cert=C&pin=FILE; empty: a key in DATA/keys signs bags
RESGUARDO_WITNESSES witnesses that cosign checkpoints, as VKEY@ADDRESS, separated by spaces; empty: none
RESGUARDO_CALENDARS OpenTimestamps calendars, separated by spaces; empty: none
RESGUARDO_OBJECTS   where sealed files go: empty (DATA/objects), a folder, or
                    s3://BUCKET/PREFIX?endpoint=URL&region=NAME&lock=DAYS (keys in AWS_* variables)
RESGUARDO_REPLICA   a second place for every sealed file of a case, written likewise; empty: none
RESGUARDO_WORKER_KEY  file with the worker's private key; carry it to where only `resguardo work` reads it
RESGUARDO_FILE_MB   the largest file that is received in pieces (default 5120)
RESGUARDO_CASE_MB   all files of a case together (default 20480)
RESGUARDO_RESERVE_MB  free room of the disk that files never take: reports need it (default 512)
RESGUARDO_ADDRESS   where the pages are reached from outside, for links in notices
RESGUARDO_MAIL      smtp://user:password@host:port (smtps for TLS) that sends notices; empty: none are sent
RESGUARDO_SENDER    the address that notices come from
RESGUARDO_SECOND_FACTOR  required (default): who signs in shows one; optional: only who has one does
RESGUARDO_IDLE      minutes after which a session left alone ends (default 20)
RESGUARDO_HOSTS     host names served, separated by spaces (default: loopback only)
RESGUARDO_HTTPS     1 behind TLS: cookies are Secure, HSTS is sent
RESGUARDO_DEBUG     1 for developers only
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("RESGUARDO_DATA", "data")).resolve()
PACK = os.environ.get("RESGUARDO_PACK", "gt")
ORIGIN = os.environ.get("RESGUARDO_ORIGIN", "resguardo.local/log")
TSA = os.environ.get("RESGUARDO_TSA", "").split()
WITNESSES = os.environ.get("RESGUARDO_WITNESSES", "").split()
CALENDARS = os.environ.get("RESGUARDO_CALENDARS", "").split()
OBJECTS = os.environ.get("RESGUARDO_OBJECTS", "")
REPLICA = os.environ.get("RESGUARDO_REPLICA", "")
# Another guard of what may be captured, for tests only: None is the strict one.
CAPTURE_GUARD = None
WORKER_KEY = os.environ.get("RESGUARDO_WORKER_KEY", str(DATA / "keys" / "worker.key"))
FILE_LIMIT = int(os.environ.get("RESGUARDO_FILE_MB", "5120")) * 1024 * 1024
RESERVE = int(os.environ.get("RESGUARDO_RESERVE_MB", "512")) * 1024 * 1024
CASE_LIMIT = int(os.environ.get("RESGUARDO_CASE_MB", "20480")) * 1024 * 1024
SIGNER = os.environ.get("RESGUARDO_SIGNER", "")
HTTPS = os.environ.get("RESGUARDO_HTTPS") == "1"
DEBUG = os.environ.get("RESGUARDO_DEBUG") == "1"


def secret(name: str) -> str:
    """The deployment secret `name`, made on first use in DATA/keys with mode 0600; whole, or not there."""
    path = DATA / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for `url`; an empty one is SQLite in the data folder."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "resguardo.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;",
            },
            "TEST": {"NAME": DATA / "test.sqlite3"},
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": None,
    }


SECRET_KEY = secret("django.secret")
RECEIPT_SALT = secret("receipt.salt")
LOG_KEY = secret("log.key")
TOKEN_KEY = secret("token.key")
DATABASES = {"default": database(os.environ.get("RESGUARDO_DATABASE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = os.environ.get("RESGUARDO_HOSTS", "localhost 127.0.0.1 [::1]").split()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "resguardo.site",
    "resguardo.people",
    "resguardo.jobs",
    "resguardo.cases",
    "resguardo.evidence",
    "resguardo.report",
    "resguardo.work",
    "resguardo.registry",
    "resguardo.indicators",
]
AUTH_USER_MODEL = "people.Member"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

MIDDLEWARE = [
    "resguardo.site.middleware.SafeHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "resguardo.site.language.ChosenLanguage",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "resguardo.people.middleware.UnlockedKeys",
]
ROOT_URLCONF = "resguardo.site.urls"
WSGI_APPLICATION = "resguardo.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
TIME_ZONE = "America/Guatemala"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

SECOND_FACTOR = os.environ.get("RESGUARDO_SECOND_FACTOR", "required")
IDLE_MINUTES = int(os.environ.get("RESGUARDO_IDLE", "20"))
SESSION_COOKIE_NAME = "w"
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "c"
CSRF_FAILURE_VIEW = "resguardo.site.views.refused"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Uploads stay in memory until they are sealed: a temporary file would be plaintext on disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

ADDRESS = os.environ.get("RESGUARDO_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
MAIL = urlsplit(os.environ.get("RESGUARDO_MAIL", ""))
EMAIL_HOST, EMAIL_PORT = MAIL.hostname or "", MAIL.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(MAIL.username or ""), unquote(MAIL.password or "")
EMAIL_USE_SSL = MAIL.scheme == "smtps"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("RESGUARDO_SENDER", "resguardo@localhost")
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"resguardo": {"handlers": ["console"], "level": "INFO"}},
}
