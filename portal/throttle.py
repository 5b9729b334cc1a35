"""Rate limits: a token bucket a key, shared through Redis where there is one, else in this process's memory.

A limit never costs a database write, and a Redis that is away costs no call.
"""

import threading
import time
from dataclasses import dataclass, field

from portal import shared

MOST_KEYS = 10_000


@dataclass
class Throttle:
    """Lets `rate` calls a second pass for each key, with bursts of up to `burst`; a rate of 0 lets everything pass.

    One with a name is shared by all processes where CACHE_URL names a Redis. Else each process counts for itself: with
    N server processes a client may reach N times the rate.
    """

    rate: float
    burst: float
    name: str = ""
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: str) -> float:
        """Take one call for the key; returns 0, or the seconds until one is free again."""
        if self.rate <= 0:
            return 0.0
        together = shared.wait(f"{self.name}:{key}", self.rate, self.burst) if self.name else None
        return self._alone(key) if together is None else together

    def _alone(self, key: str) -> float:
        now = time.monotonic()
        with self._lock:
            if len(self._buckets) > MOST_KEYS:
                self._buckets.clear()
            left, at = self._buckets.get(key, (self.burst, now))
            left = min(self.burst, left + (now - at) * self.rate)
            if left < 1:
                return (1 - left) / self.rate
            self._buckets[key] = (left - 1, now)
            return 0.0
