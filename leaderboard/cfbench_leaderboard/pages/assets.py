"""Style sheet and script, under names that change with their content, so that they may be cached for good."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cfbench.files import sha256_hex
from cfbench.report._templates import style_sheet


@dataclass(frozen=True)
class Asset:
    """A file that pages load."""

    name: str
    media_type: str
    data: bytes


@cache
def assets() -> dict[str, Asset]:
    """The assets by what they are: ``style``, ``sort`` and ``icon``."""
    return {
        "style": _asset("style", "css", "text/css", style_sheet() + _read("board.css")),
        "sort": _asset("sort", "js", "text/javascript", _read("sort.js")),
        "icon": _asset("icon", "svg", "image/svg+xml", _read("icon.svg")),
    }


def _asset(name: str, suffix: str, media_type: str, text: str) -> Asset:
    data = text.encode()
    return Asset(f"{name}-{sha256_hex(data)[:12]}.{suffix}", media_type, data)


def _read(name: str) -> str:
    return (files("cfbench_leaderboard.pages") / "static" / name).read_text(encoding="utf-8")
