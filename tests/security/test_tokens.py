"""Attacks by token: each must end in the same bare 401."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.security.hospital import (
    BASE,
    DISCOVERY,
    EC,
    EXPLAIN,
    ISSUER,
    JWKS_URL,
    RSA,
    SECONDS,
    SIGN,
    STRANGER,
    Hospital,
    Wishes,
    claims,
    hospital,
    keys,
    public,
    token,
)


def encoded(*parts: object) -> str:
    """Unsigned parts of a token."""
    return ".".join(urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode() for part in parts)


def assert_turned_away(answer: httpx.Response) -> None:
    """A 401 that tells nothing of why."""
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    (issue,) = answer.json()["issue"]
    request_id = answer.headers["x-request-id"]
    assert issue == {
        "severity": "error",
        "code": "login",
        "diagnostics": f"Not allowed. Request {request_id}.",
    }


@pytest.mark.parametrize("key", [EC, RSA], ids=["ES384", "RS384"])
@pytest.mark.row(72, 73, 75)
async def test_an_honest_token_opens_discovery_and_calls(ehr: Hospital, key: ECKey) -> None:
    """A token made for the address that is called is accepted, whichever listed algorithm."""
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, key))).status_code == 200
    answer = await ehr.post(SIGN, token(SIGN, key))
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize("path", [SIGN, EXPLAIN, "/cds-services/unknown"])
@pytest.mark.row(72, 80)
async def test_no_call_without_a_token(ehr: Hospital, path: str) -> None:
    """Without a token no route of an EHR tells anything, not even whether a service exists."""
    assert_turned_away(await ehr.post(path, None))
    assert_turned_away(await ehr.get(DISCOVERY, None))


@pytest.mark.parametrize("scheme", ["", "Basic ", "bearer\t", "Token ", "Bearer Bearer "])
async def test_another_scheme_is_no_bearer(ehr: Hospital, scheme: str) -> None:
    """An honest token under another scheme is not looked at."""
    headers = {"authorization": scheme + token(DISCOVERY)}
    request = httpx.Request("GET", BASE + DISCOVERY, headers=headers)
    assert_turned_away(await ehr.send(request))


async def test_two_tokens_are_none(ehr: Hospital) -> None:
    """Of two Authorization headers nobody knows which counts, so neither does."""
    pair = [("authorization", f"Bearer {token(DISCOVERY)}") for _ in range(2)]
    assert_turned_away(await ehr.send(httpx.Request("GET", BASE + DISCOVERY, headers=pair)))


async def test_a_token_in_the_query_is_not_read(ehr: Hospital) -> None:
    """A token in an address would be logged on the way; it is not accepted there."""
    assert_turned_away(await ehr.get(f"{DISCOVERY}?access_token={token(DISCOVERY)}", None))


# --- algorithms and keys ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signature", ["", "e30"])
@pytest.mark.row(77)
async def test_unsigned_tokens(ehr: Hospital, name: str, signature: str) -> None:
    """`alg: none`, in any spelling, with or without a signature, opens nothing."""
    header = {"alg": name, "typ": "JWT", "kid": "ec-1"}
    assert_turned_away(
        await ehr.get(DISCOVERY, f"{encoded(header, claims(DISCOVERY))}.{signature}")
    )


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.row(77)
async def test_a_public_rsa_key_as_hmac_secret(
    ehr: Hospital, form: PublicFormat, algorithm: str
) -> None:
    """The published RSA key cannot be used as a shared secret."""
    pem = RSA.public_key.public_bytes(Encoding.PEM, form)
    numbers = f"-----BEGIN X-----\n{urlsafe_b64encode(pem).decode()}\n"
    for secret in (pem, public(RSA), numbers.encode()):
        assert_turned_away(await ehr.get(DISCOVERY, _hmac(secret, algorithm)))


def _hmac(secret: bytes, algorithm: str) -> str:
    import hashlib
    import hmac

    header = {"alg": algorithm, "typ": "JWT", "kid": "rsa-1"}
    signed = encoded(header, claims(DISCOVERY))
    name = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    digest = hmac.new(secret, signed.encode(), getattr(hashlib, name)).digest()
    return f"{signed}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "PS384", "PS512"])
async def test_an_algorithm_that_is_not_listed(ehr: Hospital, algorithm: str) -> None:
    """A right signature by an algorithm that the client's table does not list is refused."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, RSA, {"alg": algorithm})))


async def test_an_algorithm_of_another_kind_of_key(ehr: Hospital) -> None:
    """A listed algorithm with the key of another kind under the same kid is refused."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, RSA, {"kid": "ec-1"})))
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, EC, {"kid": "rsa-1"})))


async def test_a_stranger_s_signature(ehr: Hospital) -> None:
    """A token signed by another key under a known kid is refused."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER)))


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_changed_after_signing(ehr: Hospital, part: int) -> None:
    """A change in header, claims or signature is noticed."""
    parts = token(DISCOVERY).split(".")
    other = token(DISCOVERY).split(".")
    parts[part] = encoded({"alg": "ES384", "kid": "ec-1", "x": 1}) if part == 0 else other[part]
    assert_turned_away(await ehr.get(DISCOVERY, ".".join(parts)))


@pytest.mark.parametrize(
    "kid",
    [
        "unknown",
        "../../../../dev/null",
        "/etc/passwd",
        "file:///dev/null",
        "' OR '1'='1",
        "ec-1\x00",
        " ec-1",
        "EC-1",
        "http://127.0.0.1/key",
        "k" * 2000,
    ],
)
async def test_tricks_with_the_key_id(ehr: Hospital, kid: str) -> None:
    """A kid is compared and nothing else: no path, no address, no query."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, EC, {"kid": kid})))
    assert {request.url.path for request in ehr.fake.seen} <= {"/fhir/jwks"}


@pytest.mark.parametrize("kid", [None, 1, ["ec-1"], {"a": 1}, ""])
@pytest.mark.row(73)
async def test_a_token_without_a_key_id(ehr: Hospital, kid: object) -> None:
    """The specification asks for a kid; a token without a usable one is refused."""
    header = {"alg": "ES384", "typ": "JWT", "kid": kid}
    signature = token(DISCOVERY).rpartition(".")[2]
    text = f"{encoded(header, claims(DISCOVERY))}.{signature}"
    assert_turned_away(await ehr.get(DISCOVERY, text))


async def test_a_key_that_the_token_brings_along(ehr: Hospital) -> None:
    """A key in the header is not used, however well it fits."""
    header: dict[str, Any] = {"jwk": STRANGER.as_dict(private=False)}
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER, header)))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/jwks",
        "http://ehr.example.org/fhir/jwks",
        "https://ehr.example.org/fhir/jwks/",
        "https://ehr.example.org/fhir/jwks?",
        "https://EHR.example.org/fhir/jwks",
        "https://ehr.example.org:443/fhir/jwks",
        "https://ehr.example.org/fhir/../fhir/jwks",
        "https://ehr.example.org@evil.example/fhir/jwks",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8080/",
    ],
)
@pytest.mark.row(76)
async def test_a_key_address_of_the_attacker_s_choice(ehr: Hospital, address: str) -> None:
    """A jku other than the client's jwks_url, letter by letter, is refused and never called."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER, {"jku": address})))
    assert ehr.fake.seen == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "", "gopher://a", 3, None, [JWKS_URL]])
async def test_a_key_address_that_is_none(ehr: Hospital, address: object) -> None:
    """A jku that is no address, or no text, is refused and never opened."""
    header = {"alg": "ES384", "typ": "JWT", "kid": "ec-1", "jku": address}
    assert_turned_away(await ehr.get(DISCOVERY, f"{encoded(header, claims(DISCOVERY))}.AAAA"))
    assert ehr.fake.seen == []


async def test_the_listed_key_address_is_accepted(ehr: Hospital) -> None:
    """A jku that is the client's jwks_url is fine, as EHRs should send it."""
    answer = await ehr.get(DISCOVERY, token(DISCOVERY, EC, {"jku": JWKS_URL}))
    assert answer.status_code == 200


@pytest.mark.parametrize("header", [{"x5u": "https://evil.example/"}, {"x5c": ["bm8="]}])
async def test_certificates_in_the_header_change_nothing(
    ehr: Hospital, header: dict[str, Any]
) -> None:
    """Certificates that a token names are neither fetched nor believed."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER, header)))
    assert {request.url.path for request in ehr.fake.seen} <= {"/fhir/jwks"}


async def test_a_header_that_must_be_understood(ehr: Hospital) -> None:
    """A token with `crit` is refused: what it asks to understand is not understood."""
    header = {"alg": "ES384", "typ": "JWT", "kid": "ec-1", "crit": ["b64"], "b64": False}
    signature = token(DISCOVERY).rpartition(".")[2]
    text = f"{encoded(header, claims(DISCOVERY))}.{signature}"
    assert_turned_away(await ehr.get(DISCOVERY, text))


async def test_a_token_of_another_type(ehr: Hospital) -> None:
    """An access token or a security event is no token of an EHR's call."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, EC, {"typ": "at+jwt"})))


@pytest.mark.parametrize(
    "weak",
    [
        RSAKey.import_key(RSA.as_dict(private=True)).as_dict(private=False) | {"use": "enc"},
        RSAKey.import_key(RSA.as_dict(private=True)).as_dict(private=False) | {"alg": "RS256"},
        RSAKey.import_key(RSA.as_dict(private=True)).as_dict(private=False) | {"key_ops": ["sign"]},
        {"kty": "oct", "kid": "rsa-1", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
        {"kty": "RSA", "kid": "rsa-1", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "kid": "rsa-1", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": ["RSA"], "kid": "rsa-1"},
        "no key",
    ],
)
async def test_keys_that_are_not_fit_are_not_used(ehr: Hospital, weak: object) -> None:
    """A key for encryption, of another algorithm, too small, shared or malformed verifies nothing."""
    good = EC.as_dict(private=False)
    ehr.key_server.answer = keys(orjson.dumps({"keys": [weak, good]}))
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, RSA)))
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, EC))).status_code == 200


async def test_a_shared_secret_in_the_key_set_signs_nothing(ehr: Hospital) -> None:
    """Even a secret that an EHR publishes by mistake is not accepted."""
    secret = OctKey.import_key("0123456789abcdef0123456789abcdef", {"kid": "shared"})
    both = [secret.as_dict(), EC.as_dict(private=False)]
    ehr.key_server.answer = keys(orjson.dumps({"keys": both}))
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, secret)))


# --- claims -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti"])
@pytest.mark.parametrize("value", [None, True, [], {}, "", 1.5])
@pytest.mark.row(74)
async def test_a_claim_that_is_missing_or_malformed(
    ehr: Hospital, name: str, value: object
) -> None:
    """Every required claim must be there, of the right type, and mean something."""
    if name in ("iat", "exp") and value == 1.5:
        value = "1.5"
    text = token(DISCOVERY)
    changed = {**claims(DISCOVERY), name: value}
    if value is None:
        del changed[name]
    text = _signed(changed)
    assert_turned_away(await ehr.get(DISCOVERY, text))


def _signed(content: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    """Any content at all, with a right signature."""
    from joserfc import jws

    shown = header or {"alg": "ES384", "typ": "JWT", "kid": "ec-1"}
    return jws.serialize_compact(shown, orjson.dumps(content), EC, ["ES384"])


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"iss": NaN}',
        b"[" * 5000,
        b'{"exp": 1e999}',
        b'{"exp": ' + b"9" * 5000 + b"}",
    ],
)
async def test_content_that_is_no_object(ehr: Hospital, raw: bytes) -> None:
    """A right signature under content that is no JSON object opens nothing and breaks nothing."""
    from joserfc import jws

    text = jws.serialize_compact({"alg": "ES384", "kid": "ec-1"}, raw, EC, ["ES384"])
    assert_turned_away(await ehr.get(DISCOVERY, text))


async def test_a_claim_that_is_named_twice(ehr: Hospital) -> None:
    """Two readers could believe two different audiences, so such a token is refused."""
    from joserfc import jws

    content = orjson.dumps(claims(DISCOVERY))[:-1] + b',"aud":"https://other.example"}'
    text = jws.serialize_compact({"alg": "ES384", "kid": "ec-1"}, content, EC, ["ES384"])
    assert_turned_away(await ehr.get(DISCOVERY, text))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b",
        "a.b.c",
        "..",
        "....",
        "e30.e30.e30",
        "e30=.e30=.e30=",
        "é.é.é",
        "a" * 20_000,
        "{}.{}.{}",
        "e30.e30.e30.e30.e30",
    ],
)
async def test_text_that_is_no_token(ehr: Hospital, text: str) -> None:
    """Malformed tokens end in a 401, never in an error of ours."""
    headers = [(b"authorization", f"Bearer {text}".encode())]
    assert_turned_away(await ehr.send(httpx.Request("GET", BASE + DISCOVERY, headers=headers)))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"iat": SECONDS - 600, "exp": SECONDS - 30}, 401),
        ({"iat": SECONDS - 600, "exp": SECONDS - 29}, 200),
        ({"iat": SECONDS + 31, "exp": SECONDS + 300}, 401),
        ({"iat": SECONDS + 30, "exp": SECONDS + 300}, 200),
        ({"nbf": SECONDS + 31}, 401),
        ({"nbf": SECONDS + 30}, 200),
        ({"iat": SECONDS, "exp": SECONDS + 3601}, 401),
        ({"iat": SECONDS, "exp": SECONDS + 3600}, 200),
        ({"iat": SECONDS, "exp": SECONDS}, 401),
        ({"iat": SECONDS + 10, "exp": SECONDS + 5}, 401),
        ({"exp": 10**18}, 401),
        ({"exp": -1}, 401),
        ({"iat": 0, "exp": SECONDS + 300}, 401),
        ({"iat": SECONDS + 0.5, "exp": SECONDS + 299.5}, 200),
    ],
)
async def test_times_at_and_beside_their_limits(
    ehr: Hospital, changed: dict[str, Any], status: int
) -> None:
    """Thirty seconds of leeway, an hour of life, and not a second more."""
    answer = await ehr.get(DISCOVERY, token(DISCOVERY, **changed))
    assert answer.status_code == status


@pytest.mark.parametrize(
    "audience",
    [
        f"{BASE}{SIGN}",
        BASE,
        f"{BASE}{DISCOVERY}/",
        f"{BASE}{DISCOVERY}?x=1",
        f"http{BASE.removeprefix('https')}{DISCOVERY}",
        "https://CDS.example.org/cds-services",
        "https://evil.example/cds-services",
        DISCOVERY,
        "*",
        [],
        [f"{BASE}{SIGN}", "https://evil.example"],
    ],
)
@pytest.mark.row(75)
async def test_a_token_for_another_address(ehr: Hospital, audience: object) -> None:
    """A token made for another endpoint, service or host does not open this one."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, aud=audience)))


async def test_a_list_of_audiences_with_ours_in_it(ehr: Hospital) -> None:
    """The specification allows several audiences; ours must be one of them."""
    several = ["https://other.example/cds-services", BASE + DISCOVERY]
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, aud=several))).status_code == 200


async def test_a_host_header_does_not_move_the_audience(ehr: Hospital) -> None:
    """The audience is checked against B12_PUBLIC_URL, not against what the caller says we are."""
    text = token(DISCOVERY, aud="https://evil.example/cds-services")
    headers = {"authorization": f"Bearer {text}", "host": "evil.example"}
    headers |= {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    assert_turned_away(await ehr.send(httpx.Request("GET", BASE + DISCOVERY, headers=headers)))


async def test_an_audience_typed_by_hand(tmp_path: Path) -> None:
    """A client's own `audiences` are accepted beside the exact address."""
    ehr = hospital(tmp_path, Wishes('audiences = ["b12-cds"]'))
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, aud="b12-cds"))).status_code == 200
    assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 200
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, aud="other")))


@pytest.mark.parametrize(
    "issuer", ["https://evil.example", f"{ISSUER}/", ISSUER.upper(), f" {ISSUER}", ISSUER + "\x00"]
)
@pytest.mark.row(76)
async def test_an_issuer_that_is_not_listed(ehr: Hospital, issuer: str) -> None:
    """An issuer is compared letter by letter; for a stranger no key is fetched."""
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, iss=issuer)))
    assert ehr.key_server.asked == 0


@pytest.mark.parametrize(
    ("tenant", "status"), [("north", 200), ("south", 401), (None, 401), ("North", 401)]
)
@pytest.mark.row(74)
async def test_tenants(tmp_path: Path, tenant: str | None, status: int) -> None:
    """Where tenants are listed a token must name one of them."""
    ehr = hospital(tmp_path, Wishes('tenants = ["north"]'))
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, tenant=tenant))).status_code == status


async def test_the_token_chooses_the_client(tmp_path: Path) -> None:
    """With two EHRs the one that signed is the one whose settings count."""
    other = 'issuer = "https://other.example"\njwks_url = "https://other.example/fhir/jwks"\n'
    quiet = f'[[client]]\nid = "quiet"\nshadow = true\n{other}'
    ehr = hospital(tmp_path, Wishes(more=quiet))
    loud = await ehr.post(SIGN, token(SIGN))
    shadowed = await ehr.post(SIGN, token(SIGN, iss="https://other.example"))
    assert loud.json()["cards"]
    assert shadowed.json() == {"cards": []}


async def test_one_ehr_cannot_sign_for_another(tmp_path: Path) -> None:
    """A client's keys verify its own tokens alone, whatever issuer it writes."""
    (tmp_path / "other.json").write_bytes(public(STRANGER))
    other = 'issuer = "https://other.example"\njwks_file = "other.json"\n'
    ehr = hospital(tmp_path, Wishes(more=f'[[client]]\nid = "other"\n{other}'))
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER)))
    assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, EC, iss="https://other.example")))
    honest = token(DISCOVERY, STRANGER, iss="https://other.example")
    assert (await ehr.get(DISCOVERY, honest)).status_code == 200


# --- replay -----------------------------------------------------------------------------------


@pytest.mark.row(79)
async def test_a_token_opens_once(ehr: Hospital) -> None:
    """A token that was used is refused from then on, also for its own address."""
    text = token(DISCOVERY)
    assert (await ehr.get(DISCOVERY, text)).status_code == 200
    assert_turned_away(await ehr.get(DISCOVERY, text))


async def test_of_many_uses_at_the_same_time_one_succeeds(ehr: Hospital) -> None:
    """Twenty calls with one token at once: one is answered, nineteen are refused."""
    text = token(SIGN)
    answers = await asyncio.gather(*(ehr.post(SIGN, text) for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 19


async def test_a_refused_token_does_not_use_up_its_id(ehr: Hospital) -> None:
    """An attacker who knows an id cannot spend it: only a right signature counts as use."""
    for _ in range(3):
        assert_turned_away(await ehr.get(DISCOVERY, token(DISCOVERY, STRANGER, jti="known")))
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, jti="known"))).status_code == 200


async def test_a_malleable_signature_is_no_new_token(ehr: Hospital) -> None:
    """The id decides, not the text: other padding of the same token is refused too."""
    text = token(DISCOVERY)
    assert (await ehr.get(DISCOVERY, text)).status_code == 200
    assert_turned_away(await ehr.get(DISCOVERY, f"{text}="))


# --- /explain ---------------------------------------------------------------------------------


async def test_the_trace_is_for_clients_that_may_explain(tmp_path: Path) -> None:
    """/explain answers a client whose table says so, and nobody else."""
    plain = hospital(tmp_path)
    assert_turned_away(await plain.post(EXPLAIN, token(EXPLAIN)))
    (tmp_path / "more").mkdir()
    trusted = hospital(tmp_path / "more", Wishes("explain = true"))
    assert (await trusted.post(EXPLAIN, token(EXPLAIN))).status_code == 200
    assert_turned_away(await trusted.post(EXPLAIN, token(SIGN)))


async def test_only_the_operator_s_token_is_told_which_clients_there_are(tmp_path: Path) -> None:
    """The version of program and content is for everybody, the hospitals are not."""
    (tmp_path / "token").write_text("correct horse\n")
    ehr = hospital(tmp_path, Wishes(settings={"operator_token_file": tmp_path / "token"}))
    told = await ehr.get("/__version__", "correct horse")
    assert list(told.json()["clients"]) == ["general-hospital"]
    for text in (None, "wrong horse", "", token("/__version__")):
        answer = await ehr.get("/__version__", text)
        assert answer.status_code == 200
        assert set(answer.json()) - {"commit"} == {"name", "version", "knowledge", "approval"}
        assert "general-hospital" not in answer.text
    plain = hospital(tmp_path)  # without such a token nobody is
    assert "clients" not in (await plain.get("/__version__", None)).json()


async def test_the_operator_s_token_opens_the_trace_and_nothing_else(tmp_path: Path) -> None:
    """The operator may read traces; hooks and discovery stay the EHRs' own."""
    (tmp_path / "token").write_text("correct horse\n")
    ehr = hospital(tmp_path, Wishes(settings={"operator_token_file": tmp_path / "token"}))
    assert (await ehr.post(EXPLAIN, "correct horse")).status_code == 200
    assert_turned_away(await ehr.post(EXPLAIN, "wrong horse"))
    assert_turned_away(await ehr.post(SIGN, "correct horse"))
    assert_turned_away(await ehr.get(DISCOVERY, "correct horse"))
