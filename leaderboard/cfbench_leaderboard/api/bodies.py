"""The bodies that the API takes, and how OpenAPI tells of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cfbench._version import __version__
from cfbench.results import Result
from cfbench_leaderboard.answers import ErrorAnswer

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SubmissionId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
UploadId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class UploadBody(_Body):
    """A file that is to be uploaded."""

    sha256: Digest
    """SHA-256 of the file."""
    bytes: Annotated[int, Field(ge=1, le=2**53)]
    """Its size."""
    kind: Literal["bundle"]
    """What it is."""


class SubmissionBody(_Body):
    """A submission: a finished upload, or a result by itself, which then is self-reported."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["upload"]}, {"required": ["result"]}]}
    )
    upload: UploadId | None = None
    """The upload that holds the bundle."""
    result: dict[str, Any] | None = None
    """A result.json (see the schema Result)."""
    supersedes: SubmissionId | None = None
    """The submission of the same owner whose place it takes once it is accepted."""
    note: str | None = None
    """What its owner says of it."""

    @model_validator(mode="after")
    def _one_of_two(self) -> SubmissionBody:
        if (self.upload is None) == (self.result is None):
            message = "give an upload or a result"
            raise ValueError(message)
        return self


class StateBody(_Body):
    """A moderator's decision."""

    to: Literal["accepted", "rejected", "flagged"]
    """The new state."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, which everybody can read."""


class WhyBody(_Body):
    """A reason."""

    why: Annotated[str, Field(min_length=1)]
    """The reason, which everybody can read."""


class RescoreBody(_Body):
    """Which bundles are to be scored again."""

    submission: SubmissionId | None = None
    """One submission; otherwise every one whose metrics have other versions here than when it was scored last."""


_TOKEN: dict[str, list[str]] = {"token": []}
TOKEN_OR_NONE: dict[str, Any] = {"security": [_TOKEN, {}]}
"""``openapi_extra`` of a route that tells more to those who may know more."""
_STATUSES = {
    400: "Not HTTP as it should be",
    401: "The token lacks, or does not hold",
    403: "The token has not the scope, or the request comes from a page of another site",
    404: "There is none, or not for this token",
    408: "The body did not arrive in time",
    409: "It does not follow on what is there",
    413: "Too large",
    422: "It cannot be taken",
    429: "Too often",
    503: "Busy, or something is not installed",
}


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """``openapi_extra`` of a route whose body is read by hand."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: the errors that it may give, beside those that any may."""
    told: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer, "description": _STATUSES[status]}
        for status in sorted({400, 429, 503, *statuses})
    }
    for status in (429, 503):
        told[status]["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return told


def openapi(routes: Any) -> dict[str, Any]:
    """The description of the API, with the schemas of bodies that are read by hand."""
    document: dict[str, Any] = get_openapi(
        title="cfbench leaderboard", version=__version__, routes=routes, description="Errors are ErrorAnswer."
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (UploadBody, SubmissionBody, StateBody, WhyBody, RescoreBody, Result):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for operation in (one for path in document["paths"].values() for one in path.values()):
        if "401" in operation["responses"]:
            operation.setdefault("security", [_TOKEN])
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document
