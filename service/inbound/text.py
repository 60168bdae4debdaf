"""Refuses JSON that two readers could read differently, or that costs more than it says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cds_hooks.errors import BadRequest
from service.errors import BodyTooLargeError

DEEPEST = 64  # objects and lists inside one another; FHIR seldom needs twenty
LONGEST_NUMBER = 64  # characters; FHIR's longest has eighteen digits
LARGEST_EXPONENT = 99
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def check_text(body: bytes, max_resources: int) -> None:
    """Passes when `body` is JSON of one meaning: UTF-8, no member twice, finite numbers, whole text.

    Raises:
        BadRequest: it is not.
        BodyTooLargeError: it holds more than `max_resources` FHIR resources.
    """
    inspection = _Inspection(max_resources)
    try:
        text = body.removeprefix(_BYTE_ORDER_MARK).decode()
        found = json.loads(
            text,
            object_pairs_hook=inspection.members,
            parse_constant=inspection.constant,
            parse_float=inspection.number,
            parse_int=inspection.number,
        )
        inspection.depth_of((found,))
    except UnicodeDecodeError:
        raise BadRequest("is not UTF-8") from None
    except json.JSONDecodeError:
        raise BadRequest("is not JSON") from None
    except RecursionError:
        raise BadRequest("is nested too deep") from None
    _check_surrogates(text)


class _Depth(int):
    """How deep an object is, in place of the object: nothing more of it is needed."""


class _Inspection:
    """Looks at the parts of one body while they are parsed, innermost first."""

    def __init__(self, max_resources: int) -> None:
        self._resources_left = max_resources

    def members(self, pairs: list[tuple[str, Any]]) -> _Depth:
        """The depth of an object, whose members are checked."""
        members = dict(pairs)
        if len(members) != len(pairs):
            raise BadRequest("names a member twice")
        if "resourceType" in members:
            self._resources_left -= 1
            if self._resources_left < 0:
                raise BodyTooLargeError("The body holds too many resources.")
        return self.depth_of(members.values())

    def depth_of(self, values: Iterable[Any]) -> _Depth:
        """One more than the deepest of `values`."""
        deepest = 0
        for value in values:
            if type(value) is _Depth:
                deepest = max(deepest, value)
            elif type(value) is list:
                deepest = max(deepest, self.depth_of(value))
        if deepest >= DEEPEST:
            raise BadRequest("is nested too deep")
        return _Depth(deepest + 1)

    def number(self, text: str) -> None:
        """Passes a number that is fit for arithmetic."""
        exponent = text.lower().partition("e")[2].lstrip("+-").lstrip("0") or "0"
        if len(text) > LONGEST_NUMBER or len(exponent) > len(str(LARGEST_EXPONENT)):
            raise BadRequest("holds a number that is too large or too long")

    def constant(self, _text: str) -> None:
        """Refuses NaN and Infinity, which Python reads and JSON does not know."""
        raise BadRequest("holds NaN or Infinity, which are no JSON")


def _check_surrogates(text: str) -> None:
    """Half of a character, written as an escape, could not be answered or stored again."""
    if "\\ud" not in text.lower():
        return
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("holds half a character") from None
