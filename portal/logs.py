"""Log lines: plain, or a JSON object a line; either way without secrets, e-mail addresses and one-time links."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from portal.teams import trace

# What every record has of its own; anything else came by `extra`.
_OWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_SCRUBBED = (
    (re.compile(r"(/(?:link|open)/)[^/\s?\"']+"), r"\1[secret]"),
    (re.compile(r"\b(?:sg[a-z]{1,2}_|whsec_|jca_)[A-Za-z0-9+/=_-]{8,}"), "[secret]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}"), r"\1 [secret]"),
    # Also what stands before the @ of a database's URL.
    (re.compile(r"[\w.+%!#$&'*/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*"), "[e-mail]"),
)


def scrubbed(text: str) -> str:
    """Return the text without what a log must not keep."""
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    return text


class Line(logging.Formatter):
    """A plain line, with the id of the request it belongs to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        told = f" request_id={request_id}" if (request_id := trace.words().get("request_id")) else ""
        first, newline, rest = super().format(record).partition("\n")
        return scrubbed(f"{first}{told}{newline}{rest}")


class JsonLine(logging.Formatter):
    """One JSON object: when, how bad, who says it, what, and what is known of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the object on one line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            **trace.words(),
            **{name: value for name, value in vars(record).items() if name not in _OWN and _is_plain(value)},
        }
        if record.exc_info:
            line["error"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _is_plain(value: object) -> bool:
    # Django hands its request and its error along; numbers and our own words are what a line is for.
    return value is None or isinstance(value, str | int | float)


def only_a_line(record: logging.LogRecord) -> bool:
    """Let through what Django says of a client that sent something odd, a foreign Host above all, as a plain warning.

    A traceback of ours explains nothing of it, and a stranger could fill the disk with them.
    """
    if record.name.startswith("django.security."):
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True


def configured(form: str, level: str) -> dict[str, Any]:
    """Return the logging settings: everything to stderr, in one form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"text": {"()": Line}, "json": {"()": JsonLine}},
        "filters": {"only_a_line": {"()": lambda: only_a_line}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["only_a_line"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            # A client's mistake is no line in our log; what a team has to know of it stands in its own logs.
            "django.request": {"level": "ERROR"},
        },
    }
