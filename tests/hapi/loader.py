"""Puts patients on a HAPI server: whole Bundles, under ids that belong to one test alone."""

import gzip
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.hapi.server import HapiServer

Resource = dict[str, Any]

CHARTS_FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
CHART_FILES = {
    "synthea": "synthea-smart-r4.bundles.ndjson.gz",
    "sample-patients": "smart-sample-patients-r4.bundles.ndjson.gz",
}
ChartSource = Literal["synthea", "sample-patients"]

LONGEST_ID = 64
"""FHIR's limit on the length of a resource id."""


class ChartsAbsentError(FileNotFoundError):
    """The sample charts are not beside this copy of the project, so tests on them are skipped."""


class LoadRefusedError(RuntimeError):
    """The server did not take a resource; the message is what it said."""


@dataclass(frozen=True)
class Relabelled:
    """A Bundle's resources under new ids.

    `names` maps every way the Bundle names a resource (`urn:uuid:…`, `Patient/12`, a full URL) to
    its new name. `dropped` counts the references that led to nothing in the Bundle.
    """

    resources: tuple[Resource, ...]
    names: Mapping[str, str]
    dropped: int


@dataclass(frozen=True)
class Loaded:
    """What one loading put on the server, and how long it took."""

    patients: tuple[str, ...]
    names: Mapping[str, str]
    resources: int
    dropped_references: int
    seconds: float


def relabel(bundle: Mapping[str, Any], prefix: str) -> Relabelled:
    """The Bundle's resources with prefixed ids, and every reference either following or dropped.

    HAPI refuses an id of digits only and a reference to a resource that it does not hold.

    Raises:
        ValueError: a prefixed id is longer than FHIR allows.
    """
    entries = bundle["entry"]
    ids = [_prefixed(entry, position, prefix) for position, entry in enumerate(entries)]
    names: dict[str, str] = {}
    for entry, new in zip(entries, ids, strict=True):
        resource = entry["resource"]
        kind = resource["resourceType"]
        for old in (entry.get("fullUrl"), f"{kind}/{resource['id']}" if "id" in resource else None):
            if old:
                names[old] = f"{kind}/{new}"
    follower = _Follower(names)
    resources = tuple(
        {**follower.follow(entry["resource"]), "id": new}
        for entry, new in zip(entries, ids, strict=True)
    )
    return Relabelled(resources, names, follower.dropped)


def load_bundle(server: HapiServer, bundle: Mapping[str, Any], prefix: str) -> Loaded:
    """Put one patient's Bundle, of any type, on the server; all of it or nothing.

    Raises:
        LoadRefusedError: the server did not take it.
    """
    return _load(server, (bundle,), prefix)


def load_file(server: HapiServer, path: Path, prefix: str) -> Loaded:
    """Put the patient Bundle of a JSON file on the server, as `load_bundle` does."""
    return load_bundle(server, json.loads(path.read_text()), prefix)


def load_charts(
    server: HapiServer,
    source: ChartSource = "synthea",
    count: int | None = 5,
    prefix: str = "chart-",
) -> Loaded:
    """Put the first `count` sample charts on the server, each as one transaction; None is all.

    Raises:
        ChartsAbsentError: the charts are not beside this copy of the project.
        LoadRefusedError: the server did not take one of them.
    """
    return _load(server, read_charts(source, count), prefix)


def read_charts(source: ChartSource, count: int | None = None) -> Iterator[Resource]:
    """The first `count` patient Bundles of a source, in the order of its file; None is all.

    Raises:
        ChartsAbsentError: the charts are not beside this copy of the project.
    """
    path = CHARTS_FOLDER / CHART_FILES[source]
    if not path.exists():
        raise ChartsAbsentError(
            f"sample charts are absent: no shared/data/{path.name} beside the project"
        )
    return _bundles(path, count)


def _bundles(path: Path, count: int | None) -> Iterator[Resource]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in islice(lines, count):
            yield json.loads(line)


def _load(server: HapiServer, bundles: Iterable[Mapping[str, Any]], prefix: str) -> Loaded:
    began = time.monotonic()
    relabelled = []
    with server.client() as client:
        for bundle in bundles:
            one = relabel(bundle, prefix)
            put(client, one.resources)
            relabelled.append(one)
    loaded = [resource for one in relabelled for resource in one.resources]
    return Loaded(
        patients=tuple(each["id"] for each in loaded if each["resourceType"] == "Patient"),
        names={old: new for one in relabelled for old, new in one.names.items()},
        resources=len(loaded),
        dropped_references=sum(one.dropped for one in relabelled),
        seconds=time.monotonic() - began,
    )


def put(client: httpx.Client, resources: Iterable[Resource]) -> None:
    """PUT resources that carry their ids, all in one transaction, in which they may name each other.

    Raises:
        LoadRefusedError: the server did not take them.
    """
    entries = [
        {
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
        }
        for resource in resources
    ]
    transaction = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = client.post("", json=transaction)
    if answer.status_code != httpx.codes.OK:
        raise LoadRefusedError(f"{answer.status_code}: {answer.text}")


def _prefixed(entry: Mapping[str, Any], position: int, prefix: str) -> str:
    """The new id: from the old one, else from the entry's UUID, else from its position."""
    uuid = entry.get("fullUrl", "").removeprefix("urn:uuid:")
    old = entry["resource"].get("id") or (uuid if "/" not in uuid else "") or f"entry-{position}"
    new = f"{prefix}{old}"
    if len(new) > LONGEST_ID:
        raise ValueError(f"id {new} is longer than {LONGEST_ID}: take a shorter prefix")
    return new


class _Follower:
    """Copies a resource with its references renamed, counting those that lead nowhere."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.dropped = 0

    def follow(self, resource: Mapping[str, Any]) -> Resource:
        copy = self._copy(resource)
        assert isinstance(copy, dict)
        return copy

    def _copy(self, value: Any) -> Any:  # noqa: ANN401  # any JSON value
        match value:
            case {"reference": str(target)}:
                return self._copy_reference(value, target)
            case dict():
                copies = {key: self._copy(part) for key, part in value.items()}
                return {key: part for key, part in copies.items() if part not in ({}, [])}
            case list():
                return [copy for part in value if (copy := self._copy(part)) != {}]
            case _:
                return value

    def _copy_reference(self, reference: Mapping[str, Any], target: str) -> Resource:
        """What remains of a reference that leads nowhere is its display or identifier, if any."""
        rest = {key: self._copy(part) for key, part in reference.items() if key != "reference"}
        if target.startswith("#"):
            return {"reference": target, **rest}
        new = self.names.get(target.partition("/_history/")[0])
        if new is None:
            self.dropped += 1
            return rest
        return {"reference": new, **rest}
