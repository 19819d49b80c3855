"""How often somebody may ask: so many a minute, and after a rest as many at once, over all processes of the service.

The counters are rows of the database. A process draws a twentieth of a limit at a time and spends it in memory, so that
few requests cost a transaction. All processes together never draw more than the limit; what one has drawn and not spent
within a minute is lost, so that with many processes a client may be stopped a little early.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Lock
from time import monotonic, time
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from cfbench.files import sha256_hex
from cfbench_leaderboard.bounded import keep
from cfbench_leaderboard.database.models import RateRow
from cfbench_leaderboard.inserting import insert_new

if TYPE_CHECKING:
    from typing import Any

    from cfbench_leaderboard.database import Database

SHARES = 20
REMEMBERED = 20_000
"""Clients that a process remembers; those that came first are forgotten first."""
_MINUTE = 60.0


class Rate:
    """A bucket for each key, filled evenly. Safe for several threads and processes."""

    def __init__(self, database: Database, name: str, a_minute: int) -> None:
        """Each key may ask ``a_minute`` times; ``name`` tells this limit from others."""
        self._database, self._name, self._most = database, name, float(a_minute)
        self._share = max(1, a_minute // SHARES)
        self._held: OrderedDict[str, tuple[int, float]] = OrderedDict()  # drawn and not spent, and until when
        self._closed: OrderedDict[str, float] = (
            OrderedDict()
        )  # whom the database would refuse, and until when
        self._pruned = monotonic()
        self._lock = Lock()

    def wait(self, key: str) -> int:
        """0 where the key may ask now, which counts; otherwise the whole seconds until it may."""
        known = self.spend(key)
        return self.draw(key) if known is None else known

    def spend(self, key: str) -> int | None:
        """The same without the database; None where that must be asked."""
        moment = monotonic()
        with self._lock:
            if (until := self._closed.get(key, 0.0)) > moment:
                return max(1, math.ceil(until - moment))
            left, until = self._held.get(key, (0, 0.0))
            if left == 0 or until <= moment:
                return None
            self._held[key] = (left - 1, until)
            return 0

    def draw(self, key: str) -> int:
        """The same from the database, which waits for others that write."""
        drawn, seconds = self._from_database(sha256_hex(f"{self._name}\n{key}".encode())[:32])
        moment = monotonic()
        with self._lock:
            if drawn == 0:
                keep(self._closed, key, moment + seconds, REMEMBERED)
                return max(1, math.ceil(seconds))
            left, until = self._held.pop(key, (0, 0.0))
            held = (left if until > moment else 0) + drawn - 1, moment + _MINUTE
            keep(self._held, key, held, REMEMBERED)
            self._closed.pop(key, None)
            return 0

    def _from_database(self, key: str) -> tuple[int, float]:
        """What was drawn; where nothing is left, the seconds until something is."""
        with self._database.counting() as session:
            moment = time()
            if monotonic() - self._pruned > _MINUTE:
                session.execute(delete(RateRow).where(RateRow.at < moment - _MINUTE))  # those are full again
                self._pruned = monotonic()
            insert_new(session, RateRow, [{"key": key, "left": self._most, "at": moment}], "key")
            row = session.scalars(select(RateRow).where(RateRow.key == key).with_for_update()).one()
            level = min(self._most, row.left + max(0.0, moment - row.at) * self._most / _MINUTE)
            drawn = min(self._share, int(level))
            if drawn:
                row.left, row.at = level - drawn, max(moment, row.at)
            return drawn, (1 - level) * _MINUTE / self._most


def address_of(client: Any) -> str:
    """Whom the limits of an address are for; of IPv6 a whole network, which is what one client has."""
    host = str(client[0]) if client else "unknown"
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
    return str(address)
