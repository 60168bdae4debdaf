"""The texts of cards, read from TOML and checked before any card is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cds_hooks.card_rules import SUMMARY_LIMIT
from cds_hooks.errors import WordingInvalid, WordingMissing
from cds_hooks.wording.template import (
    SHORTEST_VALUE,
    fill,
    fill_markdown,
    fill_plain,
    fill_within,
    placeholders,
)

T = TypeVar("T")
_F = TypeVar("_F", bound=BaseModel)

FOLDER = Path(__file__).parent
# A merged card adds " (+9 more)" to a summary.
ROOM_FOR_MORE = 12


def _template(text: str) -> str:
    placeholders(text)
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("must be one line")
    return text


def _fits(text: str) -> str:
    """With every value at its shortest, and room for "more", the summary is short enough."""
    names = placeholders(text)
    literal = len(text.format_map(dict.fromkeys(names, "")))
    least = literal + SHORTEST_VALUE * len(names) + ROOM_FOR_MORE
    if least > SUMMARY_LIMIT:
        raise ValueError(f"is {least - SUMMARY_LIMIT} characters too long for its placeholders")
    return text


_Text = Annotated[str, Field(min_length=1), AfterValidator(_template)]
_Line = Annotated[_Text, AfterValidator(_one_line)]
_Summary = Annotated[_Line, AfterValidator(_fits)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Sentences(_Strict):
    summary: _Summary
    detail: _Text


class _RuleEntry(_Sentences):
    variant: dict[str, _Sentences] = {}


class _Label(_Strict):
    label: _Line


class _Note(_Strict):
    text: _Line


class _Display(_Strict):
    display: _Line


class _File(_Strict):
    rule: dict[str, _RuleEntry] = {}
    proposal: dict[str, _Label] = {}
    note: dict[str, _Note] = {}
    task: dict[str, _Note] = {}
    step: dict[str, _Note] = {}
    override: dict[str, _Display] = {}
    text: dict[str, _Line] = {}


class _SiteSentences(_Strict):
    summary: _Summary | None = None
    detail: _Text | None = None


class _SiteRule(_SiteSentences):
    variant: dict[str, _SiteSentences] = {}


class SiteFile(_File):
    """A site's own wording: as ours, but of a rule it may replace one sentence only."""

    rule: dict[str, _SiteRule] = {}  # type: ignore[assignment]  # laxer than ours on purpose


@dataclass(frozen=True, slots=True)
class RuleWording:
    """The sentences of one rule or variant: a plain summary and a Markdown detail."""

    summary: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Every text by kind and key; templates until they are filled.

    `rules` is keyed by rule id, and by "id/variant" for a variant. Every method but `step` raises
    WordingMissing for an unknown key and for a placeholder without a value.
    """

    rules: Mapping[str, RuleWording] = field(default_factory=dict)
    proposals: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def rule(self, rule: str, variant: str | None = None) -> RuleWording:
        """The templates of a rule, or of one of its variants."""
        return _found(self.rules, f"{rule}/{variant}" if variant else rule, "rule")

    def summary(self, template: str, values: Mapping[str, str]) -> str:
        """A summary of at most 139 characters, shortened in its values only."""
        return fill_within(template, values, SUMMARY_LIMIT)

    def detail(self, template: str, values: Mapping[str, str]) -> str:
        """Markdown in which the values are plain text."""
        return fill_markdown(template, values).strip()

    def label(self, key: str, values: Mapping[str, str]) -> str:
        """What a suggestion's button says."""
        return fill_plain(_found(self.proposals, key, "proposal"), values)

    def note(self, key: str, values: Mapping[str, str]) -> str:
        """An extra sentence, plain."""
        return fill_plain(_found(self.notes, key, "note"), values)

    def task(self, topic: str) -> str:
        """What a person is asked to do."""
        return fill_plain(_found(self.tasks, topic, "task"), {})

    def step(self, what: str) -> str:
        """What a step of the calendar is; one that has no words yet is its key in words."""
        return self.steps.get(what, what.replace("-", " "))

    def override(self, code: str) -> str:
        """The words of an override reason."""
        return _found(self.overrides, code, "override")

    def text(self, key: str, **values: str) -> str:
        """A phrase that several cards share; it is Markdown, its values are taken as they are."""
        return fill(_found(self.texts, key, "text"), values)


def files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """The wording files, in the order they are read."""
    return tuple(sorted(folder.glob("*.toml")))


def load(folder: Path = FOLDER) -> Wording:
    """All wording of a folder; a key may stand in one file only.

    Raises:
        WordingInvalid: names file, key and reason.
    """
    read = [(path.name, read_file(path, _File)) for path in files(folder)]
    return Wording(
        rules=_merged((name, _rules(file)) for name, file in read),
        proposals=_merged(
            (name, {key: entry.label for key, entry in file.proposal.items()})
            for name, file in read
        ),
        notes=_merged(
            (name, {key: entry.text for key, entry in file.note.items()}) for name, file in read
        ),
        tasks=_merged(
            (name, {key: entry.text for key, entry in file.task.items()}) for name, file in read
        ),
        steps=_merged(
            (name, {key: entry.text for key, entry in file.step.items()}) for name, file in read
        ),
        overrides=_merged(
            (name, {code: entry.display for code, entry in file.override.items()})
            for name, file in read
        ),
        texts=_merged((name, file.text) for name, file in read),
    )


def read_file(path: Path, model: type[_F]) -> _F:
    """One wording file.

    Raises:
        WordingInvalid: all mistakes of the file, one a line: file, key and reason.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise WordingInvalid(f"{path.name}: file: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordingInvalid(f"{path.name}: is not TOML: {error}") from error
    except ValidationError as error:
        raise WordingInvalid("\n".join(_told(path.name, error))) from error


def _told(file: str, error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in fault["loc"])
        yield f"{file}: {key}: {fault['msg'].removeprefix('Value error, ')}"


def _rules(file: _File) -> dict[str, RuleWording]:
    return {
        key: RuleWording(sentences.summary, sentences.detail)
        for rule, entry in file.rule.items()
        for key, sentences in _forms(rule, entry)
    }


def _forms(rule: str, entry: _RuleEntry) -> Iterator[tuple[str, _Sentences]]:
    yield rule, entry
    for name, sentences in entry.variant.items():
        yield f"{rule}/{name}", sentences


def _merged(parts: Iterable[tuple[str, Mapping[str, T]]]) -> dict[str, T]:
    merged: dict[str, T] = {}
    for name, part in parts:
        for key, value in part.items():
            if key in merged:
                raise WordingInvalid(f"{name}: {key}: stands in another file too")
            merged[key] = value
    return merged


def _found(texts: Mapping[str, T], key: str, kind: str) -> T:
    try:
        return texts[key]
    except KeyError:
        raise WordingMissing(f"no wording for {kind} {key}") from None
