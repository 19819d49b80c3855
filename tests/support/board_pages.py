"""Reading the leaderboard's pages, and results to put on them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HOSTILE = '<script>alert("1")</script>'


class Page(HTMLParser):
    """What a page loads, leads to and says."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.tags, self.ids, self.parts = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        elif tag in {"script", "link", "img"}:
            self.loads.append(given.get("src") or given.get("href"))
        assert not [name for name in given if name.startswith("on") or name == "style"]

    def handle_data(self, data):
        self.parts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.parts).split())


def models_of(page_text):
    """The models of a board's table in their order."""
    return re.findall(r'<th scope="row" data-value="([^"]*)"', page_text)


def spread(result, name, value, half):
    """The result of another model, with another number ``pixel/l1`` and its interval."""
    scores = [
        {**score, "value": value, "ci_low": value - half, "ci_high": value + half}
        if (score["metric"], score["name"]) == ("pixel", "l1")
        else score
        for score in result["scores"]
    ]
    return {**result, "model": {**result["model"], "name": name}, "scores": scores}
