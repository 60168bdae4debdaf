"""What the page is made of: knowledge, wording, and the cases as they are written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_hooks.wording.wording import Wording
from cds_hooks.wording.wording import load as load_wording
from regimens.advise import DATA_GAP
from regimens.checks import CHECKS
from regimens.knowledge.loader import Library, load_library
from tests.cases.language import WrittenCase, read_case

CASES = Path(__file__).parents[1] / "cases"
RULES = frozenset({check.rule for check in CHECKS} | {DATA_GAP})


@dataclass(frozen=True, slots=True)
class Told:
    """A case in its own words, and as the rules see it."""

    words: Mapping[str, Any]
    case: WrittenCase


@dataclass(frozen=True, slots=True)
class Content:
    """Everything the page tells."""

    library: Library
    wording: Wording
    cases: Mapping[str, tuple[Told, ...]]  # by rule


def load() -> Content:
    """The content as it stands in the files."""
    return Content(load_library(), load_wording(), _cases())


def _cases() -> dict[str, tuple[Told, ...]]:
    found: dict[str, list[Told]] = {rule: [] for rule in RULES}
    for path in sorted(CASES.rglob("*.toml")):
        for words in tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)["case"]:
            case = read_case(words, RULES, about=path.stem)
            if case.rule is not None:
                found[case.rule].append(Told(words, case))
    return {rule: tuple(told) for rule, told in found.items()}
