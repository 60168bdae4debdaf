"""How the service behaves as a web server: slashes, methods, types, charsets, caching."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from cds_hooks.hooks import HOOKS
from cds_hooks.prefetch import PrefetchKey
from service.app import routes
from service.openapi.document import SCHEMAS, document
from service.settings import Auth, Settings
from service.setup import set_up
from tests.service.calls import Json, browser, clock, example, post, service

SIGN = "/cds-services/b12-order-sign"
GOOD = example("order-sign")
DESCRIBED = document("1.2.3")


@pytest.mark.row(7, 8, 13, 19)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_address_answers_with_and_without_a_slash(slash: str) -> None:
    """EHRs call the very address that was typed, and no redirect loses a token."""
    app = service()
    async with browser(app) as http:
        listed = await http.get(f"/cds-services{slash}")
    called = await post(app, GOOD, f"{SIGN}{slash}")
    assert (listed.status_code, called.status_code) == (200, 200)
    assert isinstance(listed.json()["services"], list)


@pytest.mark.row(7)
async def test_discovery_tells_whether_it_has_changed() -> None:
    """A client that knows the tag is not sent the document again."""
    async with browser(service()) as http:
        first = await http.get("/cds-services")
        tag = first.headers["etag"]
        same = await http.get("/cds-services", headers={"if-none-match": f'"x", {tag}'})
        other = await http.get("/cds-services", headers={"if-none-match": '"x"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_head_is_get_without_a_body() -> None:
    """Load balancers and link checkers ask this way."""
    async with browser(service()) as http:
        for path in ("/cds-services", "/__lbheartbeat__", "/"):
            assert (await http.head(path)).status_code == 200


async def test_options_tells_the_methods() -> None:
    """Also when no browser asks."""
    async with browser(service()) as http:
        hook = await http.options(SIGN)
        listed = await http.options("/cds-services")
    assert (hook.status_code, hook.headers["allow"]) == (204, "POST, OPTIONS")
    assert set(listed.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_a_long_answer_is_compressed_for_those_who_can_read_it() -> None:
    """Cards are text; over a hospital's line they travel in a quarter of the bytes."""
    async with browser(service()) as http:
        packed = await http.get("/cds-services", headers={"accept-encoding": "gzip"})
        plain = await http.get("/cds-services", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


@pytest.mark.parametrize(
    "accepted",
    ["*/*", "application/json", "application/json+fhir", "text/html, application/*;q=0.8", ""],
)
async def test_whoever_takes_json_gets_it(accepted: str) -> None:
    """Any JSON type or wildcard will do, and so will no wish at all."""
    async with browser(service()) as http:
        answer = await http.get("/cds-services", headers={"accept": accepted})
    assert answer.status_code == 200


@pytest.mark.row(46)
@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "application/json;q=0"])
async def test_whoever_takes_no_json_is_told_406(accepted: str) -> None:
    """There is nothing else to give; the error itself is an OperationOutcome all the same."""
    async with browser(service()) as http:
        answer = await http.get("/cds-services", headers={"accept": accepted})
    assert answer.status_code == 406
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf8"',
        "application/fhir+json",
        "application/json+fhir",
        "text/json",
        "application/json; charset=iso-8859-1",
    ],
)
async def test_json_is_read_by_any_of_its_names(kind: str) -> None:
    """JSON is UTF-8 whatever is declared."""
    async with browser(service()) as http:
        answer = await http.post(SIGN, content=orjson.dumps(GOOD), headers={"content-type": kind})
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize(
    ("charset", "status"),
    [("windows-1252", 200), ("iso-8859-1", 200), ("utf-8", 400), ("ebcdic", 400)],
)
async def test_text_that_is_no_utf_8_is_read_as_declared(charset: str, status: int) -> None:
    """An older system may really send what it declares."""
    text = json.dumps({**GOOD, "extension": {"name": "Müller"}}, ensure_ascii=False)
    kind = {"content-type": f"application/json; charset={charset}"}
    async with browser(service()) as http:
        answer = await http.post(SIGN, content=text.encode("latin-1"), headers=kind)
    assert answer.status_code == status


async def test_utf_16_is_read_where_it_is_declared() -> None:
    """Some Windows systems send it."""
    kind = {"content-type": "application/json; charset=utf-16"}
    async with browser(service()) as http:
        content = json.dumps(GOOD).encode("utf-16")
        answer = await http.post(SIGN, content=content, headers=kind)
    assert answer.status_code == 200


async def test_a_compressed_body_is_415() -> None:
    """It is refused for what it is, not as broken JSON."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    async with browser(service()) as http:
        answer = await http.post(SIGN, content=b"x", headers=headers)
    assert answer.status_code == 415


# --- OpenAPI ----------------------------------------------------------------------------------


async def test_the_description_is_served() -> None:
    """Programs find it where they look for it."""
    async with browser(service()) as http:
        answer = await http.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json()["paths"] == DESCRIBED["paths"]


def test_the_description_names_every_route_and_no_other() -> None:
    """A route that is added must be described; the page for people is not for programs."""
    setup = set_up(Settings(auth=Auth.OFF, _env_file=None), now=clock)
    served = {(each.method.lower(), each.path) for each in routes(setup) if each.path != "/"}
    described = {
        (method, path)
        for path, methods in DESCRIBED["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert described == served


def test_every_schema_that_is_named_is_there() -> None:
    """A reference that leads nowhere breaks every generator."""
    schemas = orjson.loads(SCHEMAS.read_bytes())
    named = {each.rpartition("/")[2] for each in references(DESCRIBED)}
    assert named == set(schemas)


def references(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """Every `$ref` below `value`."""
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if "$ref" in value else []
    return own + [found for each in value.values() for found in references(each)]


def test_the_description_of_a_call_knows_every_hook_and_every_list() -> None:
    """A hook or a prefetch key that is added must be described."""
    call = orjson.loads(SCHEMAS.read_bytes())["Call"]["properties"]
    assert call["hook"]["enum"] == [hook.name for hook in HOOKS]
    assert set(call["prefetch"]["properties"]) == {key.value for key in PrefetchKey}


def test_headers_that_a_caller_acts_on_are_described() -> None:
    """By which line of the log it is found, its tag, how to prove who calls, how long to wait."""
    answers = DESCRIBED["paths"]["/cds-services"]["get"]["responses"]
    assert all("X-Request-Id" in answer["headers"] for answer in answers.values())
    assert all("ETag" in answers[status]["headers"] for status in ("200", "304"))
    assert "WWW-Authenticate" in answers["401"]["headers"]
    assert "Retry-After" in answers["429"]["headers"]
    assert "Retry-After" in answers["503"]["headers"]


async def test_an_answer_has_what_its_description_requires() -> None:
    """The schemas speak of what is really answered."""
    schemas: Json = orjson.loads(SCHEMAS.read_bytes())
    answer = (await post(service(), GOOD)).json()
    for card in answer["cards"]:
        assert set(schemas["Card"]["required"]) <= set(card)
        assert set(card) <= set(schemas["Card"]["properties"])
        for offer in card.get("suggestions", ()):
            assert set(offer) <= set(schemas["Suggestion"]["properties"])
