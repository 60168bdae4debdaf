"""The content a client's calls are judged by: signed, tuned, and in a site's own words."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi import FastAPI

from service.clients import Client
from service.content_hash import content_hash
from service.errors import ConfigurationError
from service.observe.log import LOGGER, JsonLines
from tests.service.calls import browser, bundle, call, example, post, service

HERE = Path(__file__).parent
SITE = HERE / "site_content"
TABLE = '[[client]]\nid = "ours"\n'
EVIDENCE = "org.b12cds.evidence"
Json = dict[str, Any]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service logs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)


def ours(folder: Path, more: str = "") -> FastAPI:
    """A service whose one client has these further keys."""
    return service(folder, clients=TABLE + more)


def signed_hash(**files: tuple[Path, ...]) -> str:
    """The hash that a client with these files would sign."""
    return content_hash(Client(id="ours", **files))


async def explained(app: FastAPI, name: str) -> dict[str, Json]:
    """The rules in the trace of an example, by id."""
    answer = (await post(app, example(name), "/explain")).json()
    return {rule["id"]: rule for rule in answer["rules"]}


async def cards(app: FastAPI, name: str) -> list[Json]:
    """The cards of an example."""
    found: list[Json] = (await post(app, example(name))).json()["cards"]
    return found


def logged(lines: io.StringIO, event: str) -> Json:
    """The last line of this event."""
    found = [orjson.loads(line) for line in lines.getvalue().splitlines()]
    line: Json = [each for each in found if each["event"] == event][-1]
    return line


# --- the hash and its signature -------------------------------------------------------------


def test_a_site_file_changes_the_hash_and_its_folder_does_not(tmp_path: Path) -> None:
    """The hash is of what the files say: one more, or one letter less, makes another."""
    lab = (SITE / "our-lab.toml").read_bytes()
    (tmp_path / "our-lab.toml").write_bytes(lab)
    with_lab = signed_hash(site_knowledge=(SITE / "our-lab.toml",))
    assert with_lab != content_hash()
    assert with_lab == signed_hash(site_knowledge=(tmp_path / "our-lab.toml",))
    (tmp_path / "our-lab.toml").write_bytes(lab[:-1])
    assert with_lab != signed_hash(site_knowledge=(tmp_path / "our-lab.toml",))


def test_the_same_file_in_another_part_is_other_content() -> None:
    """Words listed as knowledge are not what was signed as words."""
    words = (SITE / "our-words.toml",)
    assert signed_hash(site_wording=words) != signed_hash(site_knowledge=words)


def test_the_order_of_files_does_not_matter() -> None:
    """Who lists the same files in another order need not sign again."""
    files = (SITE / "our-lab.toml", SITE / "our-hospital.toml")
    assert signed_hash(site_knowledge=files) == signed_hash(site_knowledge=files[::-1])


def test_a_site_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """The hash of files that cannot be read is no hash; the message names client and file."""
    with pytest.raises(ConfigurationError, match=r"client 'ours': .*gone.toml: cannot be read"):
        signed_hash(site_codes=(tmp_path / "gone.toml",))


def test_other_content_than_the_signed_one_stops_the_start(tmp_path: Path) -> None:
    """The message names the client, the hash expected and the one found."""
    with pytest.raises(ConfigurationError) as refused:
        ours(tmp_path, f'approved_hash = "{"0" * 64}"\n')
    for part in ("client 'ours'", f"expected {'0' * 64}", f"found {content_hash()}"):
        assert part in str(refused.value)


async def test_the_version_tells_each_clients_content_and_approval(tmp_path: Path) -> None:
    """One client has signed, the other has not; the content of the packages has no approval."""
    more = f'approved_hash = "{content_hash()}"\n\n[[client]]\nid = "theirs"\n'
    more += f'site_wording = ["{SITE / "our-words.toml"}"]\n'
    async with browser(ours(tmp_path, more)) as http:
        shown = (await http.get("/__version__")).json()
    assert shown["clients"]["ours"] == {"content": content_hash(), "approval": "signed"}
    assert shown["clients"]["theirs"]["approval"] == "none"
    assert shown["clients"]["theirs"]["content"] != content_hash() == shown["knowledge"]
    assert shown["approval"].startswith("none")


async def test_cards_and_log_name_the_content(tmp_path: Path, lines: io.StringIO) -> None:
    """The evidence of every card and the line of its call carry the client's own hash."""
    app = ours(tmp_path, f'site_wording = ["{SITE / "our-words.toml"}"]\n')
    version = signed_hash(site_wording=(SITE / "our-words.toml",))
    for card in await cards(app, "order-sign"):
        assert card["extension"][EVIDENCE]["knowledgeVersion"] == version
    assert logged(lines, "request")["knowledge"] == version


async def test_the_start_names_content_and_approval(tmp_path: Path, lines: io.StringIO) -> None:
    """The first line of the log says by which content every client is judged."""
    app = ours(tmp_path)
    async with app.router.lifespan_context(app):
        started = logged(lines, "started")
    assert started["contents"] == {"ours": content_hash()}
    assert started["approvals"] == {"ours": "none"}


# --- thresholds, formulary and words of a site ----------------------------------------------


async def test_a_laboratorys_own_cut_points_decide(tmp_path: Path) -> None:
    """B12 of 160 ng/L is deficient by the guideline, and indeterminate by this laboratory."""
    observation = {
        "resourceType": "Observation",
        "id": "b12",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
        "subject": {"reference": "Patient/anna"},
        "effectiveDateTime": "2026-11-18",
        "valueQuantity": {"value": 160, "unit": "ng/L"},
    }
    patient = {"resourceType": "Patient", "id": "anna", "birthDate": "1960-01-01"}
    lists = {key: bundle([]) for key in ("medications", "conditions", "procedures", "allergies")}
    prefetch = {"patient": patient, "labs": bundle([observation]), **lists}
    body = call("patient-view", "anna", prefetch=prefetch)
    files = f'site_knowledge = ["{SITE / "our-lab.toml"}"]\nthresholds = "our-lab"\n'
    by_guideline = (await post(ours(tmp_path), body, "/explain")).json()
    by_laboratory = (await post(ours(tmp_path, files), body, "/explain")).json()
    assert by_guideline["status"] == "deficient"
    assert by_laboratory["status"] == "indeterminate"


def test_an_unknown_thresholds_file_stops_the_start(tmp_path: Path) -> None:
    """The name is that of no packaged file and of none of the client's own."""
    with pytest.raises(ConfigurationError, match=r"thresholds/our-lab.toml: file: there is no"):
        ours(tmp_path, 'thresholds = "our-lab"\n')


async def test_a_site_formulary_suggests_in_the_codes_it_names(tmp_path: Path) -> None:
    """Its suggestions carry the codes of the formulary that `coded_as` names."""
    files = f'site_knowledge = ["{SITE / "our-hospital.toml"}"]\nformulary = "our-hospital"\n'
    site = await cards(ours(tmp_path, files), "order-sign")
    packaged = await cards(ours(tmp_path, 'formulary = "uk"\n'), "order-sign")
    assert site[0]["suggestions"][0]["actions"]
    assert [each["actions"] for each in site[0]["suggestions"]] == [
        each["actions"] for each in packaged[0]["suggestions"]
    ]


async def test_a_sites_words_stand_on_its_cards(tmp_path: Path) -> None:
    """An override reason that the site worded is shown in its words; its code stays."""
    words = f'site_wording = ["{SITE / "our-words.toml"}"]\n'
    shown = await cards(ours(tmp_path, words), "order-sign")
    reasons = {each["code"]: each["display"] for card in shown for each in card["overrideReasons"]}
    assert reasons["specialist-directed"] == "Agreed with the haematologist on call"


# --- tuning ---------------------------------------------------------------------------------


async def test_a_rule_switched_off_is_silent_and_counted(
    tmp_path: Path, lines: io.StringIO
) -> None:
    """No card, an explanation that says why, and its id in the log line."""
    tuning = '[[client.tuning]]\nrule = "hydroxocobalamin-preferred"\nindicator = "off"\n'
    app = ours(tmp_path, tuning)
    shown = {rule for card in await cards(app, "order-sign") for rule in _rules(card)}
    assert logged(lines, "request")["switched_off"] == ["hydroxocobalamin-preferred"]
    rule = (await explained(app, "order-sign"))["hydroxocobalamin-preferred"]
    assert "hydroxocobalamin-preferred" not in shown
    assert (rule["outcome"], rule["fired"], rule["tuned"]) == ("silent", False, "off")
    assert rule["why"].startswith("switched off by the site; it would have said: ")


async def test_a_rule_is_tuned_at_the_hooks_named_only(tmp_path: Path) -> None:
    """Switched off when a prescription is written the old way, it still speaks at signing."""
    tuning = '[[client.tuning]]\nrule = "hydroxocobalamin-preferred"\nindicator = "off"\n'
    app = ours(tmp_path, tuning + 'hooks = ["medication-prescribe", "order-select"]\n')
    assert (await explained(app, "order-sign"))["hydroxocobalamin-preferred"]["fired"]


async def test_a_rule_is_made_softer(tmp_path: Path, lines: io.StringIO) -> None:
    """A warning that the site reads as information is one, and the log names the rule."""
    tuning = '[[client.tuning]]\nrule = "cyanocobalamin-renal-impairment"\nindicator = "info"\n'
    app = ours(tmp_path, tuning)
    assert {card["indicator"] for card in await cards(app, "order-sign")} == {"info"}
    assert logged(lines, "request")["softened"] == ["cyanocobalamin-renal-impairment"]


async def test_a_critical_rule_is_tuned_by_a_site_that_has_signed(tmp_path: Path) -> None:
    """With the hash of its content in its table, a site may soften even a critical rule."""
    tuning = '[[client.tuning]]\nrule = "im-platelets-below-10"\nindicator = "warning"\n'
    app = ours(tmp_path, f'approved_hash = "{content_hash()}"\n{tuning}')
    assert (await explained(app, "order-select"))["im-platelets-below-10"]["tuned"] == "warning"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('rule = "b12-moon"\nindicator = "off"', "there is no rule 'b12-moon'"),
        ('rule = "im-platelets-below-10"\nindicator = "off"', "only by a site that has signed"),
        ('rule = "b12-data-gap"\nindicator = "off"', "only by a site that has signed"),
        ('rule = "hydroxocobalamin-preferred"\nindicator = "info"', "is info already"),
        ('rule = "hydroxocobalamin-preferred"\nindicator = "warning"', "can only soften"),
    ],
)
def test_a_tuning_that_may_not_be_stops_the_start(tmp_path: Path, entry: str, reason: str) -> None:
    """Unknown rules, raised rules and unsigned critical ones are refused with client and place."""
    with pytest.raises(ConfigurationError, match=reason) as refused:
        ours(tmp_path, f"[[client.tuning]]\n{entry}\n")
    assert str(refused.value).startswith("client 'ours': tuning.0: ")


def test_an_urgency_that_the_formulary_decides_is_tuned_by_that(tmp_path: Path) -> None:
    """A cobalt allergy is critical in the US formulary, and a warning in the UK's."""
    tuning = '[[client.tuning]]\nrule = "cobalt-allergy-caution"\nindicator = "info"\n'
    ours(tmp_path, tuning)
    with pytest.raises(ConfigurationError, match="only by a site that has signed"):
        ours(tmp_path, f'formulary = "us"\n{tuning}')


def test_a_rule_may_be_tuned_apart_at_each_hook(tmp_path: Path) -> None:
    """Softer at signing and off when an order is chosen are two tables of one rule."""
    one = '[[client.tuning]]\nrule = "timing-ambiguous"\nindicator = "info"\n'
    ours(tmp_path, f'{one}hooks = ["order-sign"]\n{one}hooks = ["order-select"]\n')


def test_every_mistake_of_a_site_file_names_the_client(tmp_path: Path) -> None:
    """Two mistakes in one file are two lines, and each can be read alone."""
    file = HERE / "broken_content" / "thresholds_two_mistakes.toml"
    with pytest.raises(ConfigurationError) as refused:
        ours(tmp_path, f'site_knowledge = ["{file}"]\n')
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("client 'ours': thresholds_two_mistakes.toml: ") for line in lines)


def test_a_rule_tuned_twice_at_one_hook_stops_the_start(tmp_path: Path) -> None:
    """Of two tunings of one rule nobody would know which holds."""
    once = '[[client.tuning]]\nrule = "timing-ambiguous"\nindicator = "info"\n'
    again = once.replace("info", "off") + 'hooks = ["order-sign"]\n'
    with pytest.raises(ConfigurationError, match=r"tuning.1: timing-ambiguous is tuned above"):
        ours(tmp_path, once + again)


def _rules(card: Json) -> list[str]:
    rules: list[str] = card["extension"][EVIDENCE]["rules"]
    return rules
