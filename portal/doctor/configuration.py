"""The configuration: keys, addresses, proxies, static files, and the disk it all lies on."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from portal.settings import DEFAULT_KEY
from portal.teams import sealed, sealing_keys
from portal.teams.registry import Diagnosis

GIGABYTE = 1024**3


def keys() -> Iterator[Diagnosis]:
    """SECRET_KEY and ENCRYPTION_KEYS are our own, and every sealed value can be opened."""
    if settings.SECRET_KEY == DEFAULT_KEY:
        fix = _("Set SECRET_KEY to 32 random characters or more (see .env.example).")
        yield Diagnosis("secret key", "warn", _("The key is the one that everybody has."), fix)
    else:
        yield Diagnosis("secret key", "ok", _("It is our own."))
    known = sealed.known_keys()
    if known == ["derived"]:
        fix = _("Put a key of its own in front of ENCRYPTION_KEYS, restart, run rotate_keys.")
        yield Diagnosis("encryption keys", "warn", _("The key is made from SECRET_KEY, and goes when that goes."), fix)
    else:
        yield Diagnosis("encryption keys", "ok", _("The newest is {key}.").format(key=known[0]))


def sealed_values() -> Iterator[Diagnosis]:
    """Each key that sealed something is still configured."""
    used, known = sealing_keys.in_use(), sealed.known_keys()
    for key, number in sorted(used.items()):
        if key not in known:
            told = _("{n} values are sealed under key {key}, which is not configured.").format(n=number, key=key)
            yield Diagnosis("sealed values", "bad", told, _("Put that key back at the end of ENCRYPTION_KEYS."))
        elif key != known[0]:
            told = _("{n} values are sealed under the older key {key}.").format(n=number, key=key)
            yield Diagnosis("sealed values", "warn", told, _("Run rotate_keys; then that key can go."))
    if set(used) <= {known[0]}:
        yield Diagnosis("sealed values", "ok", _("All are sealed under the newest key."))


def address() -> Iterator[Diagnosis]:
    """BASE_URL is https and answered, and the proxy's headers are believed."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    if settings.LOOPBACK:
        fix = _("Set BASE_URL to the https address that people and identity providers use.")
        yield Diagnosis(
            "base URL", "warn", _("{url} is reached from this machine alone.").format(url=settings.BASE_URL), fix
        )
    elif host not in settings.ALLOWED_HOSTS and f".{host.partition('.')[2]}" not in settings.ALLOWED_HOSTS:
        yield Diagnosis("base URL", "bad", _("ALLOWED_HOSTS does not name {host}.").format(host=host), _("Add it."))
    else:
        yield Diagnosis("base URL", "ok", settings.BASE_URL)
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        told = _("No proxy is trusted: each https request looks like http and is sent round in a circle.")
        yield Diagnosis("proxy", "bad", told, _("Set TRUSTED_PROXIES to the addresses your proxy connects from."))
    else:
        yield Diagnosis(
            "proxy", "ok", ", ".join(settings.TRUSTED_PROXIES) or _("None is needed on a loopback address.")
        )


def static_files() -> Iterator[Diagnosis]:
    """The pages' files lie collected under hashed names."""
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Diagnosis("static files", "ok", _("They are collected."))
    else:
        state = "warn" if settings.LOOPBACK else "bad"
        told = _("They are not collected: browsers would load them slowly, or not at all.")
        yield Diagnosis("static files", state, told, "COLLECTED_STATIC=1 ./dev manage collectstatic --noinput")


def disk() -> Iterator[Diagnosis]:
    """There is room where the data lies."""
    database = settings.DATABASES["default"]
    folders = {settings.VAR_DIR}
    if "sqlite" in database["ENGINE"]:
        folders.add(Path(database["NAME"]).resolve().parent)
    for folder in sorted(folders):
        room = shutil.disk_usage(folder)
        told = _("{free:.1f} of {total:.0f} GB are free at {folder}.").format(
            free=room.free / GIGABYTE, total=room.total / GIGABYTE, folder=folder
        )
        state = "bad" if room.free < GIGABYTE / 2 else "warn" if room.free < room.total * 0.05 else "ok"
        yield Diagnosis("disk", state, told, "" if state == "ok" else _("Make room: run purge, or add a disk."))
