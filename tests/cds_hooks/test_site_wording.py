"""A site's own words: single texts in place of ours, and nothing that could break a card."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_hooks.errors import WordingInvalid
from cds_hooks.wording.site import with_site_files
from tests.cds_hooks.builders import WORDING

LONG = "maintenance-interval-too-long"


def site(folder: Path, *texts: str) -> tuple[Path, ...]:
    """The files of a site that hold these texts."""
    paths = tuple(folder / f"words-{number}.toml" for number, _ in enumerate(texts, start=1))
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_without_files_the_words_are_ours() -> None:
    """A site that brings no words gets all of ours."""
    assert with_site_files(WORDING, ()) is WORDING


def test_one_sentence_is_replaced_and_the_other_stays(tmp_path: Path) -> None:
    """A summary may use what our detail fills in; the detail is still ours."""
    files = site(tmp_path, f'[rule.{LONG}]\nsummary = "At most {{limit}} days for {{reason}}."\n')
    worded = with_site_files(WORDING, files)
    assert worded.rule(LONG).summary == "At most {limit} days for {reason}."
    assert worded.rule(LONG).detail == WORDING.rule(LONG).detail


def test_a_text_of_every_kind_is_replaced(tmp_path: Path) -> None:
    """Variants, labels, notes, tasks, steps, reasons and shared phrases can all be a site's own."""
    files = site(
        tmp_path,
        """
        [rule.timing-ambiguous.variant.month]
        detail = "Detail."
        [proposal.plan-review]
        label = "Label"
        [note.kidney]
        text = "Note"
        [task.review-frequency]
        text = "Task"
        [step.loading]
        text = "Step"
        [override.plan-in-place]
        display = "Reason"
        [text]
        withheld = "Withheld: {concerns}."
        """,
    )
    worded = with_site_files(WORDING, files)
    assert worded.rule("timing-ambiguous", "month").detail == "Detail."
    assert worded.label("plan-review", {}) == "Label"
    assert worded.note("kidney", {}) == "Note"
    assert worded.task("review-frequency") == "Task"
    assert worded.step("loading") == "Step"
    assert worded.override("plan-in-place") == "Reason"
    assert worded.text("withheld", concerns="allergy") == "Withheld: allergy."
    assert worded.rules.keys() == WORDING.rules.keys()


def test_a_text_stands_in_one_file_of_the_site_only(tmp_path: Path) -> None:
    """Of two words for one text nobody would know which is shown."""
    files = site(tmp_path, '[note.kidney]\ntext = "One"\n', '[note.kidney]\ntext = "Two"\n')
    with pytest.raises(WordingInvalid) as refused:
        with_site_files(WORDING, files)
    assert str(refused.value) == (
        "words-2.toml: note.kidney.text: stands in another file of the site too"
    )


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    """Two unknown texts are two lines, with file, key and reason each."""
    files = site(tmp_path, '[note.a]\ntext = "A"\n[task.b]\ntext = "B"\n')
    with pytest.raises(WordingInvalid) as refused:
        with_site_files(WORDING, files)
    assert str(refused.value).splitlines() == [
        "words-1.toml: note.a.text: there is no such text to replace",
        "words-1.toml: task.b.text: there is no such text to replace",
    ]


def test_a_placeholder_without_value_names_those_there_are(tmp_path: Path) -> None:
    """Where ours fills nothing in, the message says so."""
    files = site(tmp_path, '[note.kidney]\ntext = "Kidney {value}"\n')
    with pytest.raises(WordingInvalid, match=r"\{value\} has no value here; there is none$"):
        with_site_files(WORDING, files)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(WordingInvalid, match=r"gone.toml: file: cannot be read"):
        with_site_files(WORDING, (tmp_path / "gone.toml",))
