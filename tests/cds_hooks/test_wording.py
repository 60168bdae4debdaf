"""The texts of cards: complete, short enough, and refused with file, key and reason when not."""

import re
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cds_hooks.errors import WordingInvalid, WordingMissing
from cds_hooks.wording.template import ELLIPSIS, placeholders
from cds_hooks.wording.wording import FOLDER, files, load
from tests.cds_hooks.builders import WORDING

KNOWLEDGE = Path(__file__).parents[2] / "regimens" / "knowledge"

RULES = [
    "cyanocobalamin-renal-impairment",
    "renal-function-unknown",
    "b12-dose-unit-error",
    "b12-dose-outside-usual-range",
    "b12-iv-route",
    "im-platelets-below-10",
    "im-platelets-10-to-24",
    "im-platelets-25-to-50",
    "folic-acid-before-b12",
    "folic-acid-b12-status-unknown",
    "folic-acid-b12-not-yet-replete",
    "oral-b12-malabsorption",
    "oral-b12-neuro",
    "loading-missing",
    "neuro-loading-inadequate",
    "maintenance-interval-too-long-neuro",
    "maintenance-interval-too-long",
    "high-frequency-without-review",
    "timing-ambiguous",
    "duplicate-b12-therapy",
    "stop-lifelong-b12",
    "baseline-labs-missing",
    "monitoring-due",
    "potassium-check-needed",
    "stale-labs",
    "conflicting-labs",
    "treatment-without-evidence",
    "b12-allergy",
    "cyanocobalamin-leber",
    "biomarker-titration",
    "gluteal-injection-site",
    "child-out-of-scope",
    "im-anticoagulant-caution",
    "cobalt-allergy-caution",
    "hypokalaemia-before-b12",
    "renal-metabolite-confounding",
    "b12-false-normal-possible",
    "nitrous-oxide-functional-deficiency",
    "prophylaxis-missing",
    "pregnancy-bariatric-monitoring",
    "b12-level-not-trough",
    "hydroxocobalamin-availability",
    "hydroxocobalamin-preferred",
    "oral-b12-dose-too-low",
    "lifelong-maintenance-missing",
    "inadequate-haematologic-response",
    "drug-induced-b12-risk",
    "medication-text-match",
    "early-response-monitoring-due",
    "lab-unit-implausible",
    "b12-regimen",
    "b12-data-gap",
]

OVERRIDES = [
    "transfusion-arranged",
    "specialist-directed",
    "benefit-outweighs-risk",
    "alternative-unavailable",
    "already-addressed",
    "patient-preference",
    "injection-not-possible",
    "plan-in-place",
    "data-incorrect",
    "not-clinically-relevant",
    "patient-pregnant",
    "short-course-intended",
    "cause-resolved",
    "adverse-reaction",
    "switched-product",
    "urgent-treatment",
    "indication-documented-elsewhere",
    "trial-of-therapy",
    "tolerated-since",
    "symptoms-documented",
    "acknowledged",
    "supplied-elsewhere",
    "supply-confirmed",
    "diet-related",
]

# The longest that a rule can plausibly say; a name that is not here gets 30 characters.
LONGEST = {
    "deficiency": "Possible vitamin B12 deficiency",
    "floor": "18",
    "kidney": "<60",
    "reported": "1000000 ng/mL",
    "recorded": "2026-08-27",
    "list": "B12, folate, haemoglobin, reticulocytes, ferritin",
    "lists": "laboratory results, medications, conditions",
    "start": "hydroxocobalamin 1 mg IM three times a week",
    "cause": "inherited B12 malabsorption",
    "drug": "direct oral anticoagulant",
    "procedure": "one-anastomosis gastric bypass",
    "date": "24 Sep 2026",
    "lab": "active B12 (holotranscobalamin)",
    "text": "Vitamin B12 1000 micrograms/mL",
    "platelets": "24 10*9/L",
    "dose": "1000 micrograms",
    "interval": "every 12 weeks",
    "days": "365",
    "day": "28",
}


def test_every_rule_has_wording() -> None:
    """Fifty rules, the recommendation and the gap; a rule without words could not speak."""
    assert len(RULES) == 52
    assert {key.partition("/")[0] for key in WORDING.rules} == set(RULES)


def test_every_override_reason_has_words() -> None:
    """The codes come back in feedback and never change."""
    assert sorted(WORDING.overrides) == sorted(OVERRIDES)


@pytest.mark.parametrize("key", sorted(WORDING.rules))
def test_a_summary_has_room_for_its_longest_plausible_values(key: str) -> None:
    """Fewer than 140 characters without shortening anything, merged or not."""
    template = WORDING.rules[key].summary
    values = {name: LONGEST.get(name, "x" * 30) for name in placeholders(template)}
    assert len(template.format_map(values)) < 140
    summary = WORDING.summary(WORDING.text("more", summary=template, count="9"), values)
    assert len(summary) < 140
    assert summary.endswith(" (+9 more)")


@pytest.mark.parametrize("key", sorted(WORDING.rules))
def test_a_summary_survives_values_without_end(key: str) -> None:
    """Only the values are shortened: every word of the template is still there."""
    template = WORDING.rules[key].summary
    names = placeholders(template)
    summary = WORDING.summary(template, dict.fromkeys(names, "endless " * 50))
    assert len(summary) < 140
    assert (ELLIPSIS in summary) == bool(names)
    position = 0
    for words in re.split(r"\{\w+\}", template):
        position = summary.index(words, position) + len(words)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_micrograms_are_spelt_out(path: Path) -> None:
    """µg and mcg are read as mg, a thousandfold error."""
    assert not re.search(r"µ|μ|\bmcg\b|\bug\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", sorted(WORDING.rules))
def test_a_detail_is_short(key: str) -> None:
    """Two or three sentences: a tired clinician reads no more."""
    detail = WORDING.rules[key].detail
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", detail)) <= 4
    assert len(detail) < 400


def test_knowledge_finds_its_words() -> None:
    """Every rule, override reason and monitoring step that the knowledge names has wording."""
    rules, reasons, notes = set(), set(), set()
    for path in KNOWLEDGE.glob("rules/*.toml"):
        for rule, entry in tomllib.loads(path.read_text(encoding="utf-8"))["rule"].items():
            rules.add(rule)
            reasons.update(entry.get("override_reasons", ()))
    for path in KNOWLEDGE.glob("formularies/*.toml"):
        for regimen in tomllib.loads(path.read_text(encoding="utf-8"))["regimen"].values():
            notes.update(regimen.get("monitoring", ()))
    assert rules - WORDING.rules.keys() == set()
    assert reasons - WORDING.overrides.keys() == set()
    assert notes - WORDING.notes.keys() == set()


@pytest.mark.parametrize(
    "ask",
    [
        partial(WORDING.rule, "no-such-rule"),
        partial(WORDING.rule, "b12-regimen", "no-such-variant"),
        partial(WORDING.label, "nothing", {}),
        partial(WORDING.note, "nothing", {}),
        partial(WORDING.task, "nothing"),
        partial(WORDING.override, "nothing"),
        partial(WORDING.text, "nothing"),
    ],
    ids=range(7),
)
def test_an_unknown_key_is_an_error(ask: Callable[[], object]) -> None:
    """Nothing falls back to a key or to silence."""
    with pytest.raises(WordingMissing, match=r"no wording for \w+ "):
        ask()


GOOD = '[rule.a]\nsummary = "S {v}."\ndetail = "D {v}."\n'


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "some.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """Variants are found by rule and name."""
    text = GOOD + '[rule.a.variant.old]\nsummary = "Old."\ndetail = "Older."\n'
    wording = load(folder_with(tmp_path, text))
    assert wording.summary(wording.rule("a").summary, {"v": "1"}) == "S 1."
    assert wording.detail(wording.rule("a", "old").detail, {}) == "Older."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[rule.a\n", r"some.toml: is not TOML"),
        ('[rule.a]\nsummary = "S."\n', r"some.toml: rule.a.detail: "),
        (GOOD + 'titel = "x"\n', r"some.toml: rule.a.titel: "),
        ("[rules.a]\n", r"some.toml: rules: "),
        ('[rule.a]\nsummary = ""\ndetail = "D."\n', r"some.toml: rule.a.summary: "),
        ('[rule.a]\nsummary = "S {"\ndetail = "D."\n', r"some.toml: rule.a.summary: "),
        (
            '[rule.a]\nsummary = "S."\ndetail = "D {a.b}."\n',
            r"some.toml: rule.a.detail: \{a.b\} is",
        ),
        ('[rule.a]\nsummary = """a\nb"""\ndetail = "D."\n', r"rule.a.summary: must be one line"),
        (
            f'[rule.a]\nsummary = "{"x" * 128}"\ndetail = "D."\n',
            r"rule.a.summary: is 1 characters too long",
        ),
        (
            f'[rule.a]\nsummary = "{"x" * 116}{{v}}"\ndetail = "D."\n',
            r"rule.a.summary: is 1 characters too long",
        ),
        ("[proposal.a]\nlabel = 5\n", r"some.toml: proposal.a.label: "),
        ("[override.a]\n", r"some.toml: override.a.display: "),
    ],
)
def test_a_bad_file_is_refused_with_file_key_and_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    """Whoever edits a text learns at once what to mend."""
    with pytest.raises(WordingInvalid, match=reason):
        load(folder_with(tmp_path, text))


def test_the_longest_allowed_summary_is_read(tmp_path: Path) -> None:
    """127 characters leave room for the mark of a merged card."""
    text = f'[rule.a]\nsummary = "{"x" * 127}"\ndetail = "D."\n'
    assert load(folder_with(tmp_path, text)).rules["a"].summary == "x" * 127


def test_a_key_stands_in_one_file_only(tmp_path: Path) -> None:
    """Of two wordings of one rule nobody would know which is shown."""
    (tmp_path / "one.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "two.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(WordingInvalid, match=r"two.toml: a: stands in another file too"):
        load(tmp_path)


def test_topics_have_files_of_their_own() -> None:
    """A topic's words lie under the name of the topic's rules."""
    topics = [
        "product",
        "dose",
        "route",
        "timing",
        "course",
        "folate",
        "allergy",
        "evidence",
        "monitoring",
    ]
    assert {f"{topic}.toml" for topic in topics} <= {path.name for path in FOLDER.iterdir()}
