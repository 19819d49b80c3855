"""Ten thousand malformed requests in one go: none is a 5xx, leaves a row or a file, or is taken for something else."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter

import httpx
import pytest
from board_traces import files, rows

from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.service import Service

REFUSED = 10_000
MUCH = 10**9
ATOMS = [
    None, True, -1, 0, 10**30, 1e308, -0.0, 5e-324, "", "\x00", "\ud800", "a" * 5000, "../../x", "<script>",
    "\u202ex", [], {}, [[]], {"a": 1},
]  # fmt: skip
SCRAPS = [b"NaN", b"1e400", b"{", b"]", b"\x00", b'"a":1,"a":2,', b"\\ud800", b"\xff", b"[" * 300]
SMALL = b'{"sha256":"' + b"ab" * 32 + b'","bytes":3,"kind":"bundle","to":"accepted","why":"x"}'
PLACES = [
    ("POST", "/submissions"),
    ("POST", "/submissions"),
    ("POST", "/submissions"),
    ("POST", "/uploads"),
    ("POST", "/jobs/rescore"),
    ("POST", "/submissions/0123456789abcdef/state"),
    ("POST", "/submissions/0123456789abcdef/reproduced"),
    ("POST", "/submissions/x/state"),
    ("PATCH", "/uploads/" + "0" * 32),
    ("PATCH", "/uploads/..%2f..%2fetc"),
    ("PUT", "/boards/%2e%2e/x"),
    ("DELETE", "/submissions/%00"),
]


def places(value, at=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


def tampered(text, everywhere, chance):
    """A result with some of its parts replaced or taken away."""
    value = json.loads(text)
    for at in chance.sample(everywhere, chance.choice([1, 2, 4])):
        inner = value
        try:
            for key in at[:-1]:
                inner = inner[key]
            if chance.random() < 0.75:
                inner[at[-1]] = chance.choice(ATOMS)
            else:
                del inner[at[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # it went with a part around it
    return json.dumps({"result": value}).encode()


def garbled(data, chance):
    """Bytes with some of them altered, cut out or put in."""
    garbage = bytearray(data)
    for _ in range(chance.choice([1, 2, 8])):
        place = chance.randrange(len(garbage))
        kind = chance.random()
        if kind < 0.4:
            garbage[place] = chance.randrange(256)
        elif kind < 0.7:
            del garbage[place : place + chance.randrange(40)]
        else:
            garbage[place:place] = chance.choice(SCRAPS)
        garbage = garbage or bytearray(b"{")
    return bytes(garbage)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_ten_thousand_malformed_requests(service, tokens, result):
    limits = Limits(
        token_a_minute=MUCH,
        address_a_minute=MUCH,
        submissions_a_day=MUCH,
        bytes_a_day=MUCH**2,
        open_uploads=MUCH,
    )
    app = create_app(Service(service.database, service.store, limits))
    result["scores"] = result["scores"][:2]
    text, everywhere, chance = json.dumps(result), list(places(result)), random.Random(0)
    sound = json.dumps({"result": result}).encode()
    before, beside = rows(service), outside(service)

    async def attack():
        counts: Counter[int] = Counter()
        headers = {"Authorization": f"Bearer {tokens['keeper']}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver/api/v1", headers=headers
        ) as client:
            while sum(counts.values()) - counts[201] - counts[200] - counts[202] < REFUSED:
                method, path = chance.choice(PLACES)
                if path == "/submissions":
                    kind = chance.random()
                    body = garbled(sound if kind < 0.2 else b'{"result": {"task": "edit"}}', chance)
                    body = tampered(text, everywhere, chance) if kind > 0.9 else body
                else:
                    body = garbled(SMALL, chance)
                one = {
                    "Idempotency-Key": f"{chance.getrandbits(256):064x}",
                    "Upload-Offset": chance.choice(["0", "-1", "9" * 30, "x"]),
                }
                answer = await client.request(method, path, content=body, headers=one)
                assert answer.status_code < 500, (method, path, body[:300], answer.text)
                assert answer.status_code < 300 or answer.json()["error"]["what"]
                counts[answer.status_code] += 1
        return counts

    counts = asyncio.run(attack())
    after = rows(service)
    assert counts[201] < 500  # tampering may leave a sound result
    assert after["submissions"] + after["uploads"] == counts[201]
    assert after["events"] == after["submissions"]
    assert after["jobs"] == before["jobs"]
    assert outside(service) == beside


def outside(service):
    return [path for path in files(service) if service.store.folder not in path.parents]
