"""Files that come in pieces. Killed at any point, a client asks where it stands and goes on from there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from cfbench.files import sha256_hex
from cfbench_leaderboard.answers import UploadAnswer
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Upload
from cfbench_leaderboard.inserting import insert_new
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.submissions import too_many

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.service import Service


def begin_upload(service: Service, owner: str, sha256: str, size: int) -> tuple[UploadAnswer, bool]:
    """An upload of this content by this owner, and whether it is new. Asking again tells how far it is."""
    limits = service.limits
    if size > limits.upload_bytes:
        what = f"A bundle has at most {limits.upload_bytes:,} bytes"
        raise Refusal(413, "too-large", what, f"this one has {size:,}")
    # An owner's own: what others sent cannot be had by naming its digest.
    name = sha256_hex(f"{owner}\n{sha256}".encode())[:32]
    with service.database.writing() as session:
        service.database.one_at_a_time(session, f"uploads of {owner}")
        row = session.get(Upload, name)
        new = row is None
        if row is None:
            _check_quota(session, service, owner, size)
            start = {
                "id": name,
                "owner": owner,
                "sha256": sha256,
                "bytes": size,
                "received": 0,
                "created_at": now(),
            }
            insert_new(session, Upload, [start], "id")
            row = session.get_one(Upload, name)
        if row.bytes != size:
            why = f"before, it had {row.bytes:,} bytes"
            raise Refusal(409, "other-size", "This content was announced with another size", why)
        return UploadAnswer(upload=name, offset=row.received, chunk=limits.chunk_bytes), new


def receive(service: Service, owner: str, name: str, offset: int, data: bytes) -> int:
    """Take the next bytes; the offset after them. A wrong offset is refused, with the right one in a header."""
    row = _own(service, owner, name)
    if row.finished_at is not None:
        _check_offset(offset, row.received)
        raise _too_long(row.received + len(data), row.bytes)
    with service.store.holding(name) as handle:
        row = _own(service, owner, name)  # as it is now that nobody else has the file
        _check_offset(offset, row.received)
        end = offset + len(data)
        if end > row.bytes:
            raise _too_long(end, row.bytes)
        service.store.append(handle, offset, data)
        if end == row.bytes:
            return _finish(service, row)
        _note(service, name, end)
        return end


def prune(service: Service, days: float = 7.0) -> int:
    """Forget unfinished uploads that nobody went on with; how many."""
    old = now() - timedelta(days=days)
    query = select(Upload.id).where(Upload.finished_at.is_(None), Upload.created_at < old)
    with service.database.reading() as session:
        names = list(session.scalars(query))
    for name in names:
        with service.store.holding(name):
            service.store.forget(name)
            with service.database.writing() as session:
                if (row := session.get(Upload, name)) is not None and row.finished_at is None:
                    session.delete(row)
    return len(names)


def _finish(service: Service, row: Upload) -> int:
    if not service.store.keep(row.id, row.sha256):
        _note(service, row.id, 0)
        why = "what came is not what was announced"
        raise Refusal(422, "wrong-digest", "The SHA-256 does not fit", why, "Begin again at offset 0")
    _note(service, row.id, row.bytes, finished=True)
    return row.bytes


def _note(service: Service, name: str, received: int, *, finished: bool = False) -> None:
    values = {"received": received, **({"finished_at": now()} if finished else {})}
    with service.database.writing() as session:
        session.execute(update(Upload).where(Upload.id == name).values(values))


def _own(service: Service, owner: str, name: str) -> Upload:
    with service.database.reading() as session:
        row = session.get(Upload, name)
    if row is None or row.owner != owner:
        raise not_found(f"There is no upload '{name[:64]}'")
    return row


def _check_offset(given: int, right: int) -> None:
    if given != right:
        raise _wrong_offset(right)


def _wrong_offset(right: int) -> Refusal:
    return Refusal(
        409,
        "wrong-offset",
        "These bytes do not follow on what is here",
        f"{right:,} bytes are here",
        f"Send from offset {right}",
        headers={"Upload-Offset": str(right)},
    )


def _too_long(end: int, announced: int) -> Refusal:
    return Refusal(422, "too-long", f"The upload would have {end:,} bytes", f"{announced:,} were announced")


def _check_quota(session: Session, service: Service, owner: str, size: int) -> None:
    limits = service.limits
    mine = Upload.owner == owner
    unfinished = session.scalar(select(func.count()).where(mine, Upload.finished_at.is_(None))) or 0
    if unfinished >= limits.open_uploads:
        raise too_many(f"{owner} has {unfinished} unfinished uploads", 60)
    day = now() - timedelta(days=1)
    announced = session.scalar(select(func.sum(Upload.bytes)).where(mine, Upload.created_at > day)) or 0
    if announced + size > limits.bytes_a_day:
        raise too_many(f"{owner} announced {announced:,} bytes in 24 hours", 3600)
