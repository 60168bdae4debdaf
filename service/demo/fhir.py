"""A read-only FHIR R4 server over the example patients, for demo mode alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_hooks.outcome import IssueCode, outcome
from service.demo.charts import Chart, Resource
from service.reply import FHIR_JSON, json_reply

PAGE = 50
KNOWN = frozenset({"patient", "subject", "code", "_id", "_sort", "_count", "_offset", "_format"})
DATES = ("effectiveDateTime", "authoredOn", "onsetDateTime", "performedDateTime", "recordedDate")


@dataclass(frozen=True, slots=True)
class DemoFhir:
    """The example records behind the routes of a FHIR server."""

    charts: Mapping[str, Chart]

    def app(self) -> Starlette:
        """The server, to be mounted where a demo wants it."""
        return Starlette(
            routes=[
                Route("/metadata", self.metadata),
                Route("/{kind}/_search", self.search, methods=["POST"]),
                Route("/{kind}/{id}", self.read),
                Route("/{kind}", self.search),
            ]
        )

    async def metadata(self, _request: Request) -> Response:
        """What this server can do."""
        return _fhir(_capabilities(sorted({each["resourceType"] for each in self._all()})))

    async def read(self, request: Request) -> Response:
        """One resource by its id."""
        wanted = (request.path_params["kind"], request.path_params["id"])
        for resource in self._all():
            if (resource["resourceType"], resource["id"]) == wanted:
                return _fhir(resource)
        return _refused(404, IssueCode.NOT_FOUND, "There is no such resource.")

    async def search(self, request: Request) -> Response:
        """A page of the resources that match, with a link to the next page."""
        asked = await _parameters(request)
        unknown = sorted(asked.keys() - KNOWN)
        if unknown:
            return _refused(400, IssueCode.NOT_SUPPORTED, "A search parameter is not supported.")
        kind = request.path_params["kind"]
        found = [each for each in self._all() if each["resourceType"] == kind]
        found = [each for each in found if _matches(each, asked)]
        if asked.get("_sort", "").startswith("-"):
            found.sort(key=_day, reverse=True)
        return _fhir(
            _page(found, asked, str(request.url.replace(query="")).removesuffix("/_search"))
        )

    def _all(self) -> Iterator[Resource]:
        for chart in self.charts.values():
            yield from chart.resources


async def _parameters(request: Request) -> dict[str, str]:
    given = list(request.query_params.multi_items())
    if request.method == "POST":
        given += parse_qsl((await request.body()).decode(errors="replace"))
    return {name.partition(":")[0]: value for name, value in given}


def _matches(resource: Resource, asked: Mapping[str, str]) -> bool:
    patient = asked.get("patient", asked.get("subject"))
    if patient is not None and _patient_of(resource) != patient.removeprefix("Patient/"):
        return False
    if "_id" in asked and resource["id"] not in asked["_id"].split(","):
        return False
    return "code" not in asked or not _codes(resource).isdisjoint(asked["code"].split(","))


def _patient_of(resource: Resource) -> str:
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    subject = resource.get("subject") or resource.get("patient") or {}
    return str(subject.get("reference", "")).removeprefix("Patient/")


def _codes(resource: Resource) -> set[str]:
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    codings = concept.get("coding", [])
    return {code for each in codings for code in (each["code"], f"{each['system']}|{each['code']}")}


def _day(resource: Resource) -> str:
    return next((str(resource[name]) for name in DATES if name in resource), "")


def _page(found: list[Resource], asked: Mapping[str, str], address: str) -> Resource:
    start = _number(asked.get("_offset"), 0)
    count = min(_number(asked.get("_count"), PAGE), PAGE)
    shown = found[start : start + count]
    links = [{"relation": "self", "url": f"{address}?{urlencode(asked)}"}]
    if count and start + count < len(found):
        onward = {**asked, "_offset": str(start + count)}
        links.append({"relation": "next", "url": f"{address}?{urlencode(onward)}"})
    root = address.rpartition("/")[0]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    bundle["link"] = links
    if shown:
        bundle["entry"] = [_entry(root, each) for each in shown]
    return bundle


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,6}", text) else otherwise


def _entry(root: str, resource: Resource) -> Resource:
    address = f"{root}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": address, "resource": resource, "search": {"mode": "match"}}


def _capabilities(kinds: list[str]) -> Resource:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-21",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "implementation": {"description": "b12-cds: example patients of our own making"},
        "rest": [{"mode": "server", "resource": [_offer(kind) for kind in kinds]}],
    }


def _offer(kind: str) -> Resource:
    return {"type": kind, "interaction": [{"code": "read"}, {"code": "search-type"}]}


def _refused(status: int, code: IssueCode, text: str) -> Response:
    return _fhir(outcome(code, text), status)


def _fhir(resource: Resource, status: int = 200) -> Response:
    return json_reply(resource, status, media_type=FHIR_JSON)
