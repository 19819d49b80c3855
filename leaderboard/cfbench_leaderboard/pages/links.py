"""Where pages are: on the server, and in a site of files, whose links are relative so that it works from any folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from cfbench_leaderboard.answers import BoardHead, MeasureAnswer


class Links(Protocol):
    """What a page may lead to."""

    def home(self) -> str:
        """The list of boards."""

    def about(self) -> str:
        """What the words mean."""

    def asset(self, name: str) -> str:
        """Something that the page loads."""

    def board(self, head: BoardHead, measure: MeasureAnswer | None = None) -> str:
        """A board, ranked by its headline or by a measure."""

    def submission(self, id: str) -> str:  # noqa: A002
        """A submission."""

    def model(self, name: str) -> str:
        """All results of a model."""

    def metric(self, signature: str) -> str:
        """A metric under a signature."""

    def dataset(self, name: str) -> str:
        """A data set."""

    def api(self) -> str:
        """How to ask the API; empty where there is none."""

    def raw(self, id: str) -> str:  # noqa: A002
        """The result.json of a submission."""

    def picture(self, id: str, name: str) -> str:  # noqa: A002
        """A picture of a submission's samples."""


class Served:
    """Links of the server."""

    def home(self) -> str:
        """The list of boards."""
        return "/"

    def about(self) -> str:
        """What the words mean."""
        return "/about"

    def asset(self, name: str) -> str:
        """Something that the page loads."""
        return f"/static/{name}"

    def board(self, head: BoardHead, measure: MeasureAnswer | None = None, **asked: str) -> str:
        """A board; ``asked`` are further parameters of the API's board."""
        parameters = {"board": head.id}
        if measure is not None:
            parameters |= {"measure": measure.address, "signature": measure.signature}
        return f"/boards/{quote(head.task, safe='')}/{quote(head.dataset, safe='')}?{urlencode(parameters | asked)}"

    def submission(self, id: str) -> str:  # noqa: A002
        """A submission."""
        return f"/submissions/{quote(id, safe='')}"

    def model(self, name: str) -> str:
        """All results of a model."""
        return f"/models/{quote(name, safe='')}"

    def metric(self, signature: str) -> str:
        """A metric under a signature."""
        return f"/metrics/{quote(signature, safe='')}"

    def dataset(self, name: str) -> str:
        """A data set."""
        return f"/datasets/{quote(name, safe='')}"

    def api(self) -> str:
        """How to ask the API."""
        return "/api"

    def raw(self, id: str) -> str:  # noqa: A002
        """The result.json of a submission."""
        return f"/api/v1/submissions/{quote(id, safe='')}/result"

    def picture(self, id: str, name: str) -> str:  # noqa: A002
        """A picture of a submission's samples."""
        return f"{self.submission(id)}/pictures/{name}.png"

    def against(self, second: str, first: str = "") -> str:
        """A submission compared with another; without that, where a form asks for it."""
        return f"/submissions/{second}/against{f'/{first}' if first else ''}"


class Moderating(Served):
    """Links of the moderators' pages: a submission's page is the one with the decision."""

    def submission(self, id: str) -> str:  # noqa: A002
        """A submission, whatever its state."""
        return f"/moderate/submissions/{quote(id, safe='')}"

    def raw(self, id: str) -> str:  # noqa: A002
        """The result.json of a submission."""
        return f"{self.submission(id)}/result.json"


class Filed:
    """Links of a page that lies ``depth`` folders deep in a site."""

    def __init__(self, depth: int) -> None:
        """Of a page in the site's own folder: 0."""
        self._up = "../" * depth

    def home(self) -> str:
        """The list of boards."""
        return f"{self._up}index.html"

    def about(self) -> str:
        """What the words mean."""
        return f"{self._up}about.html"

    def asset(self, name: str) -> str:
        """Something that the page loads."""
        return f"{self._up}static/{name}"

    def board(self, head: BoardHead, measure: MeasureAnswer | None = None) -> str:
        """A board."""
        return self._up + board_file(head, measure)

    def submission(self, id: str) -> str:  # noqa: A002
        """A submission."""
        return f"{self._up}{submission_file(id)}"

    def model(self, name: str) -> str:
        """All results of a model."""
        return f"{self._up}{model_file(name)}"

    def metric(self, signature: str) -> str:
        """A metric under a signature."""
        return f"{self._up}{metric_file(signature)}"

    def dataset(self, name: str) -> str:
        """A data set."""
        return f"{self._up}{dataset_file(name)}"

    def api(self) -> str:
        """There is none."""
        return ""

    def raw(self, id: str) -> str:  # noqa: A002
        """The result.json of a submission."""
        return f"{self._up}submissions/{id}/result.json"

    def picture(self, id: str, name: str) -> str:  # noqa: A002
        """A picture of a submission's samples."""
        return self._up + picture_file(id, name)


def board_file(head: BoardHead, measure: MeasureAnswer | None = None, page: int = 1) -> str:
    """The file of a board's page in a site. Names of tasks and data sets are safe: intake takes no others."""
    name = "index"
    if measure is not None:
        name = f"by-{sha256_hex(f'{measure.address} {measure.signature}'.encode())[:12]}"
    more = "" if page == 1 else f"-{page}"
    return f"boards/{head.task}/{head.dataset}/{head.id}/{name}{more}.html"


def submission_file(id: str) -> str:  # noqa: A002
    """The file of a submission's page in a site."""
    return f"submissions/{id}/index.html"


def picture_file(id: str, name: str) -> str:  # noqa: A002
    """The file of a picture of a submission's samples in a site."""
    return f"submissions/{id}/pictures/{name}.png"


def model_file(name: str) -> str:
    """The file of a model's page in a site; names of models may be anything."""
    return f"models/{sha256_hex(name.encode())[:12]}.html"


def metric_file(signature: str) -> str:
    """The file of a metric's page in a site."""
    return f"metrics/{sha256_hex(signature.encode())[:12]}.html"


def dataset_file(name: str) -> str:
    """The file of a data set's page in a site. Its name is safe: intake takes no others."""
    return f"datasets/{name}.html"
