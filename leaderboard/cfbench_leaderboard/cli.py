"""``cfbench leaderboard``. The packages of the extra are imported when a command runs, and asked for where they lack."""

from __future__ import annotations

import functools
import json
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfbench.errors import EnvironmentLackError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench_leaderboard.database import Database
    from cfbench_leaderboard.service import Service
    from cfbench_leaderboard.tokens import Identity

Function = TypeVar("Function", bound="Callable[..., Any]")
EXTRA = frozenset({"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "psycopg", "multipart"})
DATABASE = click.option(
    "--db",
    default="leaderboard.db",
    show_default=True,
    envvar="CFBENCH_LEADERBOARD_DB",
    metavar="FILE|URL",
    help="SQLite file, or postgresql://… [CFBENCH_LEADERBOARD_DB]",
)
STORE = click.option(
    "--store",
    default="leaderboard-store",
    show_default=True,
    envvar="CFBENCH_LEADERBOARD_STORE",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of what was submitted. [CFBENCH_LEADERBOARD_STORE]",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def needs_extra(function: Function) -> Function:
    """Say the pip line where a package of the extra is not installed."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in EXTRA:
                raise
            what = f"The leaderboard needs the package {error.name}"
            raise EnvironmentLackError(what, "", "Install it: pip install 'cfbench[leaderboard]'") from None

    return call  # type: ignore[return-value]


@click.group("leaderboard")
def command() -> None:
    """Keep a leaderboard: serve it, verify what is submitted, write it out."""


@command.command()
@DATABASE
@STORE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8750, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on."
)
@click.option(
    "--behind-proxy",
    metavar="ADDRESS",
    help="Believe this proxy on whom a request comes from; else every client of a proxy shares one limit.",
)
@click.option(
    "--requests-a-minute",
    type=click.IntRange(min=1),
    default=600,
    show_default=True,
    help="Of one token; an address may ask twice as often.",
)
@click.option(
    "--submissions-a-day", type=click.IntRange(min=0), default=200, show_default=True, help="Of one owner."
)
@needs_extra
def serve(  # noqa: PLR0917
    db: str,
    store: Path,
    host: str,
    port: int,
    behind_proxy: str | None,
    requests_a_minute: int,
    submissions_a_day: int,
) -> None:
    """Serve the pages and the API. An older database is brought up first; a newer one is refused."""
    import uvicorn

    from cfbench_leaderboard.api import create_app
    from cfbench_leaderboard.limits import Limits

    service = replace(
        _open(db, store),
        limits=Limits(
            token_a_minute=requests_a_minute,
            address_a_minute=2 * requests_a_minute,
            submissions_a_day=submissions_a_day,
        ),
    )
    try:
        uvicorn.run(
            create_app(service),
            host=host,
            port=port,
            proxy_headers=behind_proxy is not None,
            forwarded_allow_ips=behind_proxy or "",
            server_header=False,
            log_level="warning",
            timeout_keep_alive=15,
            limit_concurrency=500,
        )
    finally:
        service.database.close()


@command.command()
@DATABASE
@STORE
@click.option(
    "--data-root", type=click.Path(path_type=Path), help="Folder of installed data sets. [CFBENCH_DATA]"
)
@click.option("--once", is_flag=True, help="Do what is there, then end.")
@click.option("--memory", type=click.FloatRange(1), default=12, show_default=True, help="GB for a bundle.")
@click.option("--minutes", type=click.FloatRange(1), default=120, show_default=True, help="For a bundle.")
@click.option("--samples/--no-samples", default=True, help="Draw samples of the data set to show.")
@needs_extra
def worker(  # noqa: PLR0917
    db: str,
    store: Path,
    data_root: Path | None,
    once: bool,  # noqa: FBT001
    memory: float,
    minutes: float,
    samples: bool,  # noqa: FBT001
) -> None:
    """Check bundles, and score their predictions again.

    A bundle is read by a child process with limits, on the processor alone and off the network. Scoring again needs
    what its metrics need, mostly pip install 'cfbench[torch]'; without it, such work is left for another worker.
    """
    from cfbench.cli._reporter import TerminalReporter
    from cfbench_leaderboard.limits import Allowance
    from cfbench_leaderboard.worker import Worker

    service, most = _open(db, store), minutes * 60
    limits = Allowance(memory_bytes=int(memory * 1e9), cpu_seconds=int(most), seconds=most)
    one = Worker(service, reporter=TerminalReporter(), data_root=data_root, allowance=limits, samples=samples)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        if once:
            one.tidy()
            while not stop.is_set() and one.step():
                pass
        else:
            one.run(stop)
    finally:
        service.database.close()


@command.command()
@DATABASE
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="File to write; packed if it ends in .gz."
)
@needs_extra
def dump(db: str, out: Path) -> None:
    """Write everything public as JSON Lines."""
    from cfbench_leaderboard.dump import write_dump

    database = _database(db)
    try:
        click.echo(f"{write_dump(database, out)} rows in {out}")
    finally:
        database.close()


@command.command()
@DATABASE
@click.option("--to", "revision", metavar="REVISION", help="A revision of the tables; the newest otherwise.")
@needs_extra
def migrate(db: str, revision: str | None) -> None:
    """Bring the tables to this version's. A step down that would lose anything is refused."""
    from cfbench_leaderboard.database import HEAD, Database
    from cfbench_leaderboard.database import migrate as bring

    database = Database(db)
    try:
        before, after = bring(database, revision or HEAD)
    finally:
        database.close()
    click.echo(f"{before or 'empty'} -> {after}")


@command.command("build")
@click.argument("site", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    default="leaderboard/results",
    show_default=True,
    metavar="FOLDER|DB|URL",
    help="Folder of results; or a service's database, with its --store.",
)
@STORE
@click.option(
    "--base-url", default="", metavar="URL", help="Where the site will be, for its canonical links."
)
@needs_extra
def build_site(site: Path, source: str, store: Path, base_url: str) -> None:
    """Write the leaderboard as a folder SITE of static pages, which any web server or disk can show."""
    from cfbench_leaderboard.site import build, build_from_folder

    if Path(source).is_dir():
        built = build_from_folder(Path(source), site, base_url=base_url)
    else:
        if "://" not in source and not Path(source).is_file():
            raise UsageError(f"There is nothing at {source}", "", "Give a folder of results or a database")
        service = _open(source, store)
        try:
            built = build(service, site, base_url=base_url)
        finally:
            service.database.close()
    for line in built.left_out:
        click.echo(f"left out: {line}", err=True)
    click.echo(f"{built.boards} boards with {built.submissions} submissions in {site / 'index.html'}")


@command.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command("create")
@DATABASE
@click.option("--owner", required=True, help="Whose submissions it makes.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("submit",),
    show_default=True,
    help="submit, moderate or admin.",
)
@click.option("--days", type=float, default=90.0, show_default=True, help="How long it holds.")
@click.option("--forever", is_flag=True, help="It never ends.")
@JSON
@needs_extra
def token_create(  # noqa: PLR0917
    db: str,
    owner: str,
    scopes: tuple[str, ...],
    days: float,
    forever: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Make a token. It is printed now, and never again: only its hash is kept."""
    from cfbench_leaderboard.tokens import create_token

    database = _database(db)
    try:
        with database.writing() as session:
            text, identity = create_token(session, owner, scopes, None if forever else days)
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps({"token": text, **_plain(identity)}, indent=2))
        return
    click.echo(text)
    click.echo(_line(identity), err=True)


@token.command("list")
@DATABASE
@JSON
@needs_extra
def token_list(db: str, as_json: bool) -> None:  # noqa: FBT001
    """List the tokens, without their secrets."""
    from cfbench_leaderboard.tokens import list_tokens

    database = _database(db)
    try:
        with database.reading() as session:
            found = list_tokens(session)
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps([_plain(each) for each in found], indent=2))
        return
    for each in found:
        click.echo(_line(each))


@token.command("revoke")
@DATABASE
@click.argument("name")
@needs_extra
def token_revoke(db: str, name: str) -> None:
    """End a token now, by its name or by itself."""
    from cfbench_leaderboard.tokens import revoke_token

    database = _database(db)
    try:
        with database.writing() as session:
            parts = name.split("_")
            found = revoke_token(session, parts[1] if name.startswith("cfb_") and len(parts) > 2 else name)
    finally:
        database.close()
    click.echo(_line(found))


def _plain(identity: Identity) -> dict[str, Any]:
    plain: dict[str, Any] = identity.model_dump(mode="json")
    return {"name": plain.pop("token"), **plain}


def _line(identity: Identity) -> str:
    end = f"until {identity.expires_at:%Y-%m-%d}" if identity.expires_at else "without end"
    if identity.revoked_at:
        end = f"revoked {identity.revoked_at:%Y-%m-%d}"
    return f"{identity.token}  {identity.owner}  {','.join(identity.scopes)}  {end}"


def _database(db: str) -> Database:
    from cfbench_leaderboard.database import Database, migrate

    database = Database(db)
    migrate(database)
    return database


def _open(db: str, store: Path) -> Service:
    from cfbench_leaderboard.service import Service
    from cfbench_leaderboard.store import Store

    return Service(_database(db), Store(store))
