"""The manifest of a bundle: what lies in it, with the size and SHA-256 of every file; and the limits of a bundle.

The digest of a bundle is the SHA-256 of its manifest in the form of RFC 8785, so a bundle as a folder and as a file
have the same one, and a program in any language arrives at it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cfbench._version import __version__
from cfbench.files import sha256_hex
from cfbench.files.jcs import jcs_json
from cfbench.results.schema import Digest, Environment, Name, Result

if TYPE_CHECKING:
    from cfbench.execution.plan import Plan

SUFFIX = ".cfbundle"
MANIFEST, RESULT, EVIDENCE = "manifest.json", "result.json", "evidence.json"
ENVIRONMENT, CARD, PREDICTIONS = "environment.json", "card.md", "predictions"
REQUIRED = (RESULT, EVIDENCE, ENVIRONMENT, CARD)

MAX_PACKED_BYTES = 256_000_000
MAX_UNPACKED_BYTES = 512_000_000
MAX_FILES = 200_000
MAX_MANIFEST_BYTES = 32_000_000
MAX_ENVIRONMENT_BYTES = 4_000_000
MAX_CARD_BYTES = 1_000_000

_PREDICTIONS_FILE = re.compile(PREDICTIONS + r"/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.parquet")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Entry(_Part):
    """A file of the bundle."""

    sha256: Digest
    """Of its bytes."""
    bytes: int = Field(ge=0, le=MAX_UNPACKED_BYTES)
    """How many."""


class Manifest(_Part):
    """What a bundle holds. The manifest itself is not in it."""

    schema_version: Literal[1] = 1
    """Version of this schema."""
    cfbench_version: Name = __version__
    """Version of cfbench that wrote the bundle."""
    run_id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    """The run that it is of."""
    files: dict[str, Entry]
    """By name, with slashes."""

    def canonical(self) -> bytes:
        """In the form of RFC 8785: the bytes of ``manifest.json`` as cfbench writes it."""
        return jcs_json(self.model_dump())

    @property
    def digest(self) -> str:
        """That of the bundle."""
        return sha256_hex(self.canonical())


class RunRecord(_Part):
    """``environment.json``: where and from what configuration a run came, without a path, host or time."""

    schema_version: Literal[1] = 1
    """Version of this schema."""
    environment: Environment
    """As in the result."""
    identity: dict[str, object]
    """The canonical resolved configuration, whose digest is the run id."""

    @classmethod
    def of(cls, plan: Plan) -> RunRecord:
        """What a run's plan says."""
        return cls(environment=plan.environment, identity=plan.identity)


def evidence_record(result: Result) -> dict[str, object]:
    """``evidence.json``: the digests alone."""
    return {
        "schema_version": 1,
        "predictions": result.predictions_digest,
        "evidence": result.evidence_digests,
    }


def has_a_place(name: str) -> bool:
    """Whether a bundle may hold a file of this name."""
    return name in REQUIRED or _PREDICTIONS_FILE.fullmatch(name) is not None
