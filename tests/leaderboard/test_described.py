"""The API against its own description: whatever is sent, the answer is one that OpenAPI tells of."""

from __future__ import annotations

import pytest
from board_traces import files, rows
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

pytest.importorskip("schemathesis")

import schemathesis
from schemathesis import GenerationMode, checks

EXAMPLES = 8  # of each operation, sound ones and others
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
SENDERS = ["keeper", "keeper", "keeper", "ann", "forged", None]


def send(case, who, tokens):
    """The answer to a drawn request, checked against what the API says of itself."""
    headers = {} if who is None else {"Authorization": f"Bearer {tokens.get(who, who)}"}
    answer = case.call(headers=headers)
    case.validate_response(answer, checks=CHECKS)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.filterwarnings("ignore::Warning:schemathesis")
def test_every_answer_is_one_that_the_description_has(client, tokens, service, accepted, result):
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", client.app)
    known = {"submission": accepted("ann", result), "task": "edit", "dataset": "mock"}
    beside = [path for path in files(service) if service.store.folder not in path.parents]
    refused: dict[str, int] = {}

    for operation in (found.ok() for found in schema.get_all_operations()):
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and operation.path == "/api/v1/whoami":
                continue  # it takes nothing that could be wrong

            @settings(
                max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(
                case=operation.as_strategy(generation_mode=mode),
                who=st.sampled_from(SENDERS),
                there=st.booleans(),
            )
            def attack(case, who, there):
                if there:  # of something that exists
                    case.path_parameters |= {
                        name: value for name, value in known.items() if name in case.path_parameters
                    }
                before = rows(service)
                answer = send(case, who, tokens)
                if answer.status_code >= 400:
                    label = case.operation.label
                    refused[label] = refused.get(label, 0) + 1
                    assert rows(service) == before

            attack()
    assert [path for path in files(service) if service.store.folder not in path.parents] == beside
    assert len(refused) >= 12
    assert sum(refused.values()) > 100


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_description_says_who_may_ask_and_what_refuses(ask):
    paths = ask(None, "GET", "/openapi.json").json()["paths"]
    operations = {
        f"{method} {path.removeprefix('/api/v1')}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    for name, operation in operations.items():
        told = operation["responses"]
        assert {"429", "503"} <= told.keys(), name
        assert "Retry-After" in told["429"]["headers"]
        assert ("401" in told) == ("security" in operation), name
        assert ("requestBody" in operation) == ({"408", "413"} <= told.keys()), name
    open_to_all = {name for name, operation in operations.items() if "security" not in operation}
    assert open_to_all == {"get /boards", "get /boards/{task}/{dataset}"}
    optional = {name for name, operation in operations.items() if {} in operation.get("security", [])}
    assert optional == {"get /submissions/{submission}", "get /submissions/{submission}/result"}
