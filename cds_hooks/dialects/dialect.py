"""What an EHR accepts on a card, read from one TOML file for each dialect."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from cds_hooks.card import SelectionBehavior
from cds_hooks.errors import DialectInvalid

FOLDER = Path(__file__).parent


class Topic(StrEnum):
    """What becomes of a card's topic."""

    AS_IS = "as it is"
    LEFT_OUT = "left out"
    ALPHANUMERIC = "alphanumeric"


class DeleteBy(StrEnum):
    """The member that names the order to delete."""

    RESOURCE_ID = "resourceId"
    RESOURCE = "resource"


class Words(BaseModel):
    """Sentences around an action's description; each keeps the description itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regimen: str = "{description} ({regimen})"
    part: str = "{description} ({index}/{count}: {label})"


class Dialect(BaseModel):
    """One EHR's way with cards; every default is what CDS Hooks 2.0 allows.

    `common_reasons` adds HL7's nearest code to each override reason. `merged_topic` is the topic of a card that conveys several infos. `systems` maps the code
    systems of suggested orders. `action_selection_behavior` is no matter of the file: a client
    is known to support it or is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    selection_behavior: SelectionBehavior
    card_uuid: bool = True
    topic: Topic = Topic.AS_IS
    merged_topic: str | None = None
    override_reasons: bool = True
    common_reasons: bool = False
    recommendation: bool = True
    autolaunch: bool = True
    app_context: bool = True
    delete_by: DeleteBy = DeleteBy.RESOURCE_ID
    one_action: bool = False
    changes_first: bool = False
    drugs_named: bool = False
    regimen_in_text: bool = False
    narrow_text: bool = False
    action_selection_behavior: bool = False
    words: Words = Words()
    systems: dict[str, str] = {}


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The dialects there are."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.glob("*.toml")))


def read(name: str, *, action_selection_behavior: bool = False, folder: Path = FOLDER) -> Dialect:
    """The dialect of this name.

    Raises:
        DialectInvalid: there is no such file, or it breaks the schema; file and key are named.
    """
    members = {**_members(name, folder), "name": name}
    try:
        dialect = Dialect.model_validate(members)
    except ValidationError as refused:
        fault = refused.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise DialectInvalid(f"{name}.toml: {key}: {fault['msg']}") from None
    return dialect.model_copy(update={"action_selection_behavior": action_selection_behavior})


def _members(name: str, folder: Path) -> dict[str, Any]:
    """The file's members over those of the dialect that it extends."""
    try:
        members = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    except OSError:
        raise DialectInvalid(f"{name}.toml: there is no such dialect") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as refused:
        raise DialectInvalid(f"{name}.toml: is not TOML: {refused}") from None
    base = members.pop("extends", None)
    return members if base is None else {**_members(base, folder), **members}
