"""The HTTP API: FastAPI over the layer below, which knows nothing of HTTP but the status of a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from cfbench._version import __version__
from cfbench_leaderboard.api import faults
from cfbench_leaderboard.api.asking import Rates
from cfbench_leaderboard.api.bodies import openapi
from cfbench_leaderboard.api.guard import Guard
from cfbench_leaderboard.api.rates import Rate
from cfbench_leaderboard.api.routes import router
from cfbench_leaderboard.boards import Boards
from cfbench_leaderboard.pages import moderating
from cfbench_leaderboard.pages import routes as pages
from cfbench_leaderboard.pages.warming import warming

if TYPE_CHECKING:
    from cfbench_leaderboard.service import Service


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Made at the first asking."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi(self.routes)
        return self.openapi_schema


def create_app(service: Service) -> FastAPI:
    """The application: the API, and the pages over the same ``app.state.service`` and ``app.state.boards``."""
    # FastAPI's own documentation pages load scripts from a CDN; there are none here.
    app = _App(
        title="cfbench leaderboard",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=warming,
    )
    app.state.service, app.state.boards = service, Boards()
    app.state.rates = Rates(service.database, service.limits)
    faults.install(app)
    app.include_router(router)
    app.include_router(pages.router)
    app.include_router(moderating.router)
    app.add_middleware(Guard, rate=Rate(service.database, "address", service.limits.address_a_minute))
    return app
