"""JSON in the canonical form of RFC 8785 (JCS): the bytes that programs in other languages arrive at, too.

``canonical_json`` is the house's own form, over which fingerprints, run ids and evidence are digested: it tells 1
from 1.0 and sorts keys by code point. What crosses to other programs, such as the manifest of a bundle, has this
form: numbers as ECMAScript writes them, keys sorted by UTF-16 code units.
"""

from __future__ import annotations

import json
import math
from typing import Any

from cfbench.errors import DataError

LARGEST_EXACT = 2**53 - 1
_PLAIN_DIGITS = 21  # ECMAScript writes an exponent from 10**21 on


def jcs_json(value: Any) -> bytes:
    """The canonical form of what ``parse_json`` gives.

    NaN, infinity, whole numbers that a float64 does not hold exactly and lone surrogates are ``DataError``.
    """
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError("Cannot write a text as JSON", f"it is not valid Unicode ({error.reason})") from error


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, dict):
        separator = "{"
        for key in sorted(value, key=_utf16):
            parts.append(f"{separator}{_text(key)}:")
            _write(value[key], parts)
            separator = ","
        parts.append("{}" if separator == "{" else "}")
    elif isinstance(value, (list, tuple)):
        separator = "["
        for item in value:
            parts.append(separator)
            _write(item, parts)
            separator = ","
        parts.append("[]" if separator == "[" else "]")
    else:
        parts.append(_scalar(value))


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(int(value)) if abs(value) <= LARGEST_EXACT else _large(int(value))
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def _large(value: int) -> str:
    """What a float64 of that value is written as, where it holds the value, or its own digits stand for one."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number) and (int(number) == value or _number(number) == str(value)):
        return _number(number)
    raise DataError(
        "Cannot write a whole number as JSON", "a float64 does not hold it exactly", "Store it as a text"
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """As ECMAScript's Number::toString: the shortest digits that read back, and its own rules for the point."""
    if not math.isfinite(value):
        raise DataError("Cannot write a number as JSON", "it is NaN or infinite", "Store null with a reason")
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = whole + fraction
    leading = len(written) - len(written.lstrip("0"))
    digits = written.strip("0")
    point = len(whole) - leading + int(exponent or 0)  # the value is 0.DIGITS times ten to this power
    return ("-" if value < 0 else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= _PLAIN_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"
