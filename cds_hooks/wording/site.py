"""A site's own words in place of ours: single texts, never new ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_hooks.errors import WordingInvalid
from cds_hooks.wording.template import placeholders
from cds_hooks.wording.wording import ROOM_FOR_MORE, RuleWording, SiteFile, Wording, read_file

# The mark of a merged card stands behind a summary that is already as long as it may be.
MORE = ("text", "more")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text stands: its kind, its key and, for a rule, which of its two sentences."""

    kind: str
    key: str
    part: str

    @property
    def name(self) -> str:
        """The place as the TOML file writes it."""
        key = self.key.replace("/", ".variant.")
        return ".".join(word for word in (self.kind, key, self.part) if word)


def with_site_files(wording: Wording, paths: tuple[Path, ...]) -> Wording:
    """The wording with the texts that a site's files replace.

    Raises:
        WordingInvalid: all mistakes, one a line: file, key and reason. A text that we do not have,
            one that stands in two files, or one with a placeholder that has no value there.
    """
    ours = _flat(wording)
    texts = dict(ours)
    taken: set[_Place] = set()
    mistakes: list[str] = []
    for path in paths:
        for place, text in _site_texts(read_file(path, SiteFile)):
            reason = _objection(place, text, ours) or (
                "stands in another file of the site too" if place in taken else None
            )
            if reason:
                mistakes.append(f"{path.name}: {place.name}: {reason}")
            taken.add(place)
            texts[place] = text
    if mistakes:
        raise WordingInvalid("\n".join(mistakes))
    return _wording(texts) if taken else wording


def _objection(place: _Place, text: str, ours: Mapping[_Place, str]) -> str | None:
    if place not in ours:
        return "there is no such text to replace"
    known, used = _placeholders(place, ours), set(placeholders(text))
    if used - known:
        return f"{{{min(used - known)}}} has no value here; there is {_listed(known)}"
    if place.kind == "text" and used != known:
        return f"must hold {_listed(known)}"
    if (place.kind, place.key) == MORE and len(text) - len("{summary}{count}") >= ROOM_FOR_MORE:
        return "is too long: it stands behind a whole summary"
    return None


def _placeholders(place: _Place, ours: Mapping[_Place, str]) -> set[str]:
    """What our own texts of this place fill; a rule's two sentences share their values."""
    same = [text for each, text in ours.items() if (each.kind, each.key) == (place.kind, place.key)]
    return {name for text in same for name in placeholders(text)}


def _listed(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"


def _flat(wording: Wording) -> dict[_Place, str]:
    flat: dict[_Place, str] = {}
    for key, rule in wording.rules.items():
        flat[_Place("rule", key, "summary")] = rule.summary
        flat[_Place("rule", key, "detail")] = rule.detail
    for kind, part, texts in _kinds(wording):
        flat |= {_Place(kind, key, part): text for key, text in texts.items()}
    return flat


def _kinds(wording: Wording) -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    return (
        ("proposal", "label", wording.proposals),
        ("note", "text", wording.notes),
        ("task", "text", wording.tasks),
        ("step", "text", wording.steps),
        ("override", "display", wording.overrides),
        ("text", "", wording.texts),
    )


def _site_texts(file: SiteFile) -> Iterator[tuple[_Place, str]]:
    for rule, entry in file.rule.items():
        forms = {rule: entry, **{f"{rule}/{name}": form for name, form in entry.variant.items()}}
        for key, form in forms.items():
            for part, text in (("summary", form.summary), ("detail", form.detail)):
                if text is not None:
                    yield _Place("rule", key, part), text
    for kind, part in (("proposal", "label"), ("note", "text"), ("task", "text"), ("step", "text")):
        yield from _entries(kind, part, getattr(file, kind))
    yield from _entries("override", "display", file.override)
    for key, text in file.text.items():
        yield _Place("text", key, ""), text


def _entries(kind: str, part: str, entries: Mapping[str, Any]) -> Iterator[tuple[_Place, str]]:
    for key, entry in entries.items():
        yield _Place(kind, key, part), getattr(entry, part)


def _wording(texts: Mapping[_Place, str]) -> Wording:
    def of(kind: str, part: str) -> dict[str, str]:
        return {
            place.key: text
            for place, text in texts.items()
            if (place.kind, place.part) == (kind, part)
        }

    summaries, details = of("rule", "summary"), of("rule", "detail")
    return Wording(
        rules={key: RuleWording(summaries[key], details[key]) for key in summaries},
        proposals=of("proposal", "label"),
        notes=of("note", "text"),
        tasks=of("task", "text"),
        steps=of("step", "text"),
        overrides=of("override", "display"),
        texts=of("text", ""),
    )
