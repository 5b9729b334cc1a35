"""A token bucket in Redis, so that several processes count as one; whoever can't reach Redis is told so at once."""

import logging
import time
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings

log = logging.getLogger("seatgate.throttle")

# Redis's own clock, so that processes on several machines agree; one call, so that none of them comes between.
BUCKET = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
left = math.min(burst, left + math.max(0, now - at) * rate)
if left < 1 then
  return tostring((1 - left) / rate)
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left - 1), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return '0'
"""
PREFIX = "seatgate:limit:"
# A Redis that does not answer slows no call by more than this, and is not asked again for a while.
TIMEOUT_SECONDS, LEAVE_ALONE_SECONDS = 0.25, 5.0
_down_until = 0.0


def wait(key: str, rate: float, burst: float) -> float | None:
    """Take one call for the key; returns 0, the seconds to wait, or None where no Redis is there to say."""
    global _down_until  # noqa: PLW0603  # one for the process; a race here only asks once more
    bucket = _bucket(_location())
    if bucket is None or time.monotonic() < _down_until:
        return None
    try:
        return float(bucket(keys=[PREFIX + key], args=[rate, burst]))
    except (_redis().RedisError, OSError, ValueError) as error:
        _down_until = time.monotonic() + LEAVE_ALONE_SECONDS
        log.warning("Redis does not answer, limits are counted in this process's memory: %s", type(error).__name__)
        return None


def _location() -> str:
    """Return the Redis that CACHE_URL names; empty where the cache is something else."""
    config = settings.CACHES["default"]
    where: Any = config.get("LOCATION", "") if "redis" in config["BACKEND"].lower() else ""
    return str(where[0] if isinstance(where, list | tuple) else where)


@cache
def _redis() -> ModuleType:
    """Load the client only where a Redis is named: each process would else spend a third of a second on it."""
    return import_module("redis")


@cache
def _bucket(location: str) -> Any:
    if not location:
        return None
    client = _redis().Redis.from_url(
        location, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry_on_timeout=False
    )
    return client.register_script(BUCKET)
