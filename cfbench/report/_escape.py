"""Text from outside, made harmless for each place where it is shown.

Names of models, data sets and slices are written by strangers: none may start a formula, a tag, a command or
a control sequence where a table is opened.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, direction marks, lone surrogates, line separators
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after \\ a bracket would be an optional argument
    "]": "{]}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "–": "--",
    "†": r"$\dagger$",
    "‡": r"$\ddagger$",
    "§": r"\S{}",
    "¶": r"\P{}",
}


def plain(text: str) -> str:
    """One line without control characters: no escape sequence reaches a terminal."""
    spaced = re.sub(r"\s", " ", text)
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _INVISIBLE else c for c in spaced
    )


def markdown(text: str) -> str:
    """Text that GitHub's Markdown shows as it is, in a table cell too."""
    escaped = re.sub(r"([\\`*_<>|~#$])", r"\\\1", plain(text).replace("&", "&amp;"))
    # A backslash before a bracket would begin a formula in many renderers.
    escaped = escaped.replace("[", "&#91;").replace("]", "&#93;")
    return re.sub(r"^(\s*)([-+=])", r"\1\\\2", escaped)


def latex(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_LATEX.get(character, character) for character in plain(text))


def spreadsheet(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: an apostrophe stands before what could be one."""
    shown = plain(text)
    return f"'{shown}" if shown.lstrip()[:1] in {"=", "+", "-", "@"} else shown
