"""Spoils JSON in places: what is put there, is lost, stands twice or is swapped.

Chance is an argument, so that Hypothesis and libFuzzer both lead it, and a seed repeats it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

Place = tuple[Any, Any]  # an object or a list, and a key or a position in it
Words = Mapping[str, list[Any]]  # what stands under each name somewhere

# As they are written, since some of them are no value of Python: two readers must agree on them.
NUMBERS = (
    "0",
    "-0",
    "-1",
    "0.0000000001",
    "1e-30",
    "1e20",
    "1e21",
    "1E+999999",
    "-1e-999999",
    "9007199254740993",
    "18446744073709551616",
    "9" * 60,
    "9" * 5000,
    "0." + "1" * 60,
    "1.7976931348623157e308",
    "NaN",
    "-Infinity",
    "1.",
    "01",
)
TEXTS = (
    '""',
    '" "',
    '"\\u0000"',
    '"B12\\u0000"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\ud83d\\ude00"',
    '"\\u202e21B"',
    '"\\u0661\\u0662"',
    '"\\uff11 \\uff4d\\uff47"',
    '"NaN"',
    '"1E+999999"',
    '"-1"',
    '"1,,0"',
    '"every 99999999999 months x 9999999999"',
    '"1 mg every -1 days"',
    '"#"',
    '"#a"',
    '"Patient/"',
    '"urn:uuid:"',
    '"http://[::1"',
    '"https://xn--0/Patient/1"',
    '"{{context.patientId}}"',
    '"<b>*_[x](javascript:1)"',
    '"\\n# x\\n|a|\\n|-|"',
    '"\\u0085\\u2028"',
    '"' + "1" * 5000 + '"',
    '"' + "x " * 30_000 + '"',
    '"' + "((((1-" * 2_000 + '"',
)
DATES = (
    '"9999-12-31"',
    '"9999-99-99"',
    '"9999-12-31T23:59:59.999-14:00"',
    '"9999-12"',
    '"0001-01-01"',
    '"0001"',
    '"0001-01-01T00:00:00+14:00"',
    '"0000-00-00"',
    '"-0001-01-01"',
    '"+12026-01-01"',
    '"2026-02-30"',
    '"2026-11-21T24:00:00Z"',
    '"2026-11-21T09:30:60Z"',
    '"2026-11-21T09:30:00+99:99"',
    '"2026-W47-6"',
    '"20261121"',
    '"2026-11-21T09:30:00.1234567890123456789Z"',
)
SHAPES = (
    "null",
    "true",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[{}]",
    '{"":""}',
    '{"resourceType":"Bundle"}',
    '{"resourceType":"Patient","id":""}',
    '{"reference":"#"}',
    '{"value":1e20,"unit":"mg"}',
    '{"a":1,"a":2}',
    "[" * 60 + "]" * 60,
    '{"a":' * 70 + "1" + "}" * 70,
    "[" * 20_000,
    "[" + "{}," * 3_000 + "{}]",
)
_WRITTEN = (*NUMBERS, *TEXTS, *DATES, *SHAPES)
_MARK = re.compile(r'"as-written-(\d+)"')
_DATE = re.compile(r"\d{4}(-\d\d|$)")


def words_of(values: Iterable[object]) -> Words:
    """Every name in these values, with what stands under it."""
    found: dict[str, list[Any]] = {}
    for value in values:
        for container, key in places(value):
            if isinstance(container, dict):
                found.setdefault(key, []).append(container[key])
    return found


def places(value: object) -> list[Place]:
    """Every member and item."""
    found: list[Place] = []
    open_: list[Any] = [value]
    while open_:
        one = open_.pop()
        keys: Iterable[Any] = ()
        if isinstance(one, dict):
            keys = one
        elif isinstance(one, list):
            keys = range(len(one))
        for key in keys:
            found.append((one, key))
            open_.append(one[key])
    return found


def spoiled(value: object, chance: Random, words: Words, times: int) -> bytes:
    """A copy of `value` as JSON or nearly so, changed in as many places."""
    held = [json.loads(json.dumps(value))]
    for _ in range(times):
        found = places(held)
        container, key = chance.choice(found)
        if not isinstance(container, list | dict):
            continue
        chance.choice(_CHANGES)(container, key, chance, (found, words))
        if not held:
            held.append(None)
    return written(held[0])


def written(value: object) -> bytes:
    """The text of `value`, with what is only known as text in the places that stand for it."""
    text = json.dumps(value, ensure_ascii=False)
    text = _MARK.sub(lambda mark: _WRITTEN[int(mark[1])], text)
    return text.encode(errors="replace")


def _mark(text: str) -> str:
    return f"as-written-{_WRITTEN.index(text)}"


Others = tuple[list[Place], Words]
Change = Callable[[Any, Any, Random, Others], None]


def _put_alike(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401 - any JSON
    """Another value of the same kind: the reader comes further than with one of another kind."""
    match container[key]:
        case bool():
            container[key] = not container[key]
        case str(text) if _DATE.match(text):
            container[key] = _mark(chance.choice(DATES))
        case str():
            container[key] = _mark(chance.choice(TEXTS))
        case int() | float():
            container[key] = _mark(chance.choice(NUMBERS))
        case _:
            container[key] = _mark(chance.choice(SHAPES))


def _put_anything(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401
    container[key] = _mark(chance.choice(_WRITTEN))


def _put_another(container: Any, key: Any, chance: Random, others: Others) -> None:  # noqa: ANN401
    """What stands in another place of the same text."""
    there, name = chance.choice(others[0])
    if _has(there, name):
        container[key] = _copied(there[name])


def _put_a_namesake(container: Any, key: Any, chance: Random, others: Others) -> None:  # noqa: ANN401
    """What stands under this name elsewhere, in any version of FHIR."""
    if key in others[1] and isinstance(key, str):
        container[key] = _copied(chance.choice(others[1][key]))


def _add_a_member(container: Any, key: Any, chance: Random, others: Others) -> None:  # noqa: ANN401
    inner = container[key]
    into = inner if isinstance(inner, dict) else container
    if isinstance(into, dict):
        name = chance.choice(sorted(others[1]))
        into[name] = _copied(chance.choice(others[1][name]))


def _lose(container: Any, key: Any, _chance: Random, _: Others) -> None:  # noqa: ANN401
    del container[key]


def _repeat(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401
    copies = [_copied(container[key]) for _ in range(chance.choice((1, 2, 30)))]
    if isinstance(container, list):
        container[key:key] = copies
    else:
        container[key] = copies


def _wrap(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401
    value = container[key]
    container[key] = chance.choice(([value], [[value]], {"value": value}, {"resource": value}))


def _unwrap(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401
    inner = container[key]
    if isinstance(inner, dict | list) and inner:
        container[key] = chance.choice([*(inner.values() if isinstance(inner, dict) else inner)])


def _twist(container: Any, key: Any, chance: Random, _: Others) -> None:  # noqa: ANN401
    """Another spelling of the same value."""
    match container[key]:
        case str(text):
            at = chance.randint(0, len(text))
            nul = f"{text[:at]}\u0000{text[at:]}"
            container[key] = chance.choice((text.upper(), text[:at], text[at:], nul, text * 9))
        case bool() | None:
            container[key] = str(container[key])
        case int() | float() as number:
            sizes = (str(number), f"{number} mg", -number, number * 10**12, number // 1024)
            container[key] = chance.choice(sizes)
        case list(items):
            items.reverse()
        case _:
            container[key] = {name.upper(): value for name, value in container[key].items()}


_CHANGES: tuple[Change, ...] = (
    _put_alike,
    _put_alike,
    _put_anything,
    _put_another,
    _put_a_namesake,
    _put_a_namesake,
    _add_a_member,
    _lose,
    _repeat,
    _wrap,
    _unwrap,
    _twist,
)


def _has(container: Any, key: Any) -> bool:  # noqa: ANN401
    if isinstance(container, dict):
        return key in container
    return isinstance(container, list) and key < len(container)


def _copied(value: object) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(value))
