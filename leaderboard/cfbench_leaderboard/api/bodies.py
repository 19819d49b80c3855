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


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """``openapi_extra`` of a route whose body is read by hand."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: the errors that it may give, beside those that any may."""
    told = {400: "Not HTTP as it should be", 429: "Too often", 503: "Busy"} | dict.fromkeys(
        statuses, "Refused"
    )
    return {status: {"model": ErrorAnswer, "description": what} for status, what in sorted(told.items())}


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
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document
