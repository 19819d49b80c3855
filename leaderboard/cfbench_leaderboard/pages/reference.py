"""The API for people, from its own OpenAPI description."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench_leaderboard.pages.filling import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench_leaderboard.pages.links import Links

_PATTERNS = {
    "^[0-9a-f]{16}$": "0" * 15 + "1",
    "^[0-9a-f]{32}$": "0" * 31 + "1",
    "^[0-9a-f]{64}$": "0" * 63 + "1",
}
_SCALARS: dict[str, Any] = {"boolean": False, "number": 0.5, "object": {}, "array": [], "null": None}


@dataclass(frozen=True)
class Parameter:
    """Something that a request says beside its body."""

    name: str
    place: str
    required: bool
    values: str


@dataclass(frozen=True)
class Operation:
    """A request that the API takes."""

    anchor: str
    method: str
    path: str
    what: str
    token: str
    parameters: tuple[Parameter, ...]
    body: str
    fields: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    example: str


def api_page(document: Mapping[str, Any], links: Links) -> str:
    """Every request of an OpenAPI document, each with an example."""
    return page("api.html", "API", links, "", operations=operations_of(document))


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """The requests of an OpenAPI document in its order."""
    schemas = document["components"]["schemas"]
    return [
        _operation(method.upper(), path, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(content), "")
    named = content.get(kind, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = schemas.get(named, {})
    security = operation.get("security", [])
    token = "a token, or none" if {} in security else "a token" if security else "none"
    return Operation(
        anchor=operation["operationId"],
        method=method,
        path=path,
        what=operation.get("description", ""),
        token=token,
        parameters=tuple(_parameter(each) for each in parameters),
        body=named or kind,
        fields=tuple((name, _told(each)) for name, each in schema.get("properties", {}).items()),
        statuses=tuple((status, each["description"]) for status, each in operation["responses"].items()),
        example=_example(method, path, parameters, kind, schema, with_token=bool(security)),
    )


def _parameter(parameter: Mapping[str, Any]) -> Parameter:
    place, required = parameter["in"], bool(parameter.get("required"))
    return Parameter(parameter["name"], place, required, _values(parameter.get("schema", {})))


def _values(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    found = []
    for each in options:
        if "enum" in each:
            text = " | ".join(map(str, each["enum"]))
        else:
            text = str(each.get("type", "object"))
            low, high = each.get("minimum"), each.get("maximum")
            text += f", {low} to {high}" if low is not None and high is not None else ""
            text += f", {each['pattern']}" if each.get("pattern", "") in _PATTERNS else ""
        found.append(text)
    given = f"; otherwise {schema['default']}" if schema.get("default") is not None else ""
    return " or ".join(found) + given


def _told(schema: Mapping[str, Any]) -> str:
    return f"{schema.get('description', '')} ({_values(schema)})".strip()


def _example(
    method: str, path: str, parameters: Any, kind: str, schema: Mapping[str, Any], *, with_token: bool
) -> str:
    filled = path
    headers = ['-H "Authorization: Bearer $CFBENCH_TOKEN"'] if with_token else []
    for each in parameters:
        value = _sample(each["name"], each.get("schema", {}))
        if each["in"] == "path":
            filled = filled.replace(f"{{{each['name']}}}", str(value))
        elif each["in"] == "header" and each.get("required"):
            headers.append(f"-H '{each['name']}: {value}'")
    words = ["curl", *([] if method == "GET" else ["-X", method]), *headers]
    if kind == "application/json":
        choices = [each.get("required", []) for each in schema.get("anyOf", [])]
        needed = schema.get("required", []) + (choices[0] if choices else [])
        body = {name: _sample(name, each) for name, each in schema["properties"].items() if name in needed}
        words += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body)}'"]
    elif kind:
        words += ["--data-binary @FILE"]
    return " ".join([*words, f'"$BOARD{filled}"'])


def _sample(name: str, schema: Mapping[str, Any]) -> Any:
    """A value that the schema takes."""
    one = next((each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"), schema)
    if "const" in one:
        return one["const"]
    if "enum" in one:
        return one["enum"][0]
    kind = one.get("type", "string")
    if kind == "integer":
        return one.get("minimum", 0)
    if kind in _SCALARS:
        return _SCALARS[kind]
    return _PATTERNS.get(one.get("pattern", ""), name)
