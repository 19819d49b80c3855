"""Every limit of the service, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from cfbench.results.reading import MAX_RESULT_BYTES

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one client may ask for. Rates and quotas are counted in the database, for all server processes together."""

    chunk_bytes: int = 4 * MIB
    """The largest body of one PATCH of an upload."""
    upload_bytes: int = 256_000_000
    """The largest bundle, packed."""
    result_bytes: int = MAX_RESULT_BYTES
    """The largest result of a submission without a bundle."""
    body_bytes: int = 64 * 1024
    """The largest other body, and what may stand around a result."""
    body_seconds: float = 60.0
    """How long a body may take to arrive."""
    open_uploads: int = 8
    """Unfinished uploads of one owner."""
    bytes_a_day: int = 4_000_000_000
    """Bytes that one owner may announce in 24 hours."""
    submissions_a_day: int = 200
    """Submissions of one owner in 24 hours."""
    token_a_minute: int = 600
    """Requests with one token."""
    address_a_minute: int = 1200
    """Requests from one address."""
    wrong_tokens_a_minute: int = 30
    """Requests from one address with a token that does not hold."""
    scores: int = 5000
    """Numbers in one result."""
    note_characters: int = 2000
    """The longest note, or reason for a decision."""
    samples: int = 1_000_000_000
    """The largest count of samples that is believed."""


@dataclass(frozen=True)
class Allowance:
    """What a worker's child may spend on one bundle. Each process of it may use so much; all of them end together."""

    memory_bytes: int = 12_000_000_000
    """Address space."""
    cpu_seconds: int = 7200
    """Time of the processor."""
    seconds: float = 7200.0
    """Time by the clock."""
    file_bytes: int = 2_000_000_000
    """The largest file that it may write."""
    open_files: int = 512
    """Files open at once."""
