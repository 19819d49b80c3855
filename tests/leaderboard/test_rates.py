"""Limits that hold for all server processes on one database together."""

from __future__ import annotations

import itertools
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.api.rates import Rate, address_of
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.service import Service

NUMBERS = itertools.count()


def test_limits_hold_over_several_processes(service, tokens):
    limits = Limits(token_a_minute=60, address_a_minute=10_000, wrong_tokens_a_minute=4)
    apps = [create_app(Service(service.database, service.store, limits)) for _ in range(2)]
    began = time.monotonic()

    def ask_in_turn(count, token):
        with TestClient(apps[0]) as one, TestClient(apps[1]) as other:
            headers = {"Authorization": f"Bearer {token}"}
            return [(one, other)[index % 2].get("/api/v1/whoami", headers=headers) for index in range(count)]

    answers = ask_in_turn(100, tokens["ann"])
    granted = [answer.status_code for answer in answers].count(200)
    refilled = time.monotonic() - began  # one a second
    assert 54 <= granted <= 60 + refilled + 1
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 100 - granted
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert ask_in_turn(2, tokens["bob"])[1].status_code == 200  # another's token is another's limit
    wrong = [answer.status_code for answer in ask_in_turn(12, "cfb_wrong")]
    assert wrong.count(401) <= 4 + (time.monotonic() - began) / 15 + 1
    assert wrong[-1] == 429


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(limit=st.integers(1, 100), shares=st.lists(st.integers(0, 2), max_size=150))
def test_processes_never_draw_more_than_the_limit_together(service, limit, shares):
    name = f"limit {next(NUMBERS)}"
    processes = [Rate(service.database, name, limit) for _ in range(3)]
    began = time.monotonic()
    granted = sum(processes[one].wait("client") == 0 for one in shares)
    assert granted <= limit + (time.monotonic() - began) * limit / 60 + 1
    if shares:
        assert granted >= min(len(shares), 1)


def test_an_address_of_ipv6_is_its_network():
    assert address_of(("2001:db8::1", 1)) == address_of(("2001:db8::ffff", 2)) == "2001:db8::/64"
    assert address_of(("::ffff:192.0.2.1", 1)) == address_of(("192.0.2.1", 1)) == "192.0.2.1"
    assert address_of(None) == "unknown"
    assert address_of(("testclient", 50000)) == "testclient"
