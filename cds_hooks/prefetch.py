"""The six prefetch keys, and the rules for tokens in their templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from urllib.parse import quote

from cds_hooks.errors import TemplateInvalid, TokenUnresolved
from cds_hooks.hooks import Hook


class PrefetchKey(StrEnum):
    """What a client may send along; the values are the keys in discovery and in a call."""

    PATIENT = "patient"
    LABS = "labs"
    MEDICATIONS = "medications"
    CONDITIONS = "conditions"
    PROCEDURES = "procedures"
    ALLERGIES = "allergies"


# The user tokens of the specification, each with the resource type it stands for.
USER_TOKENS: dict[str, str] = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}

_TOKEN = re.compile(r"\{\{(.*?)\}\}")
_CONTEXT = "context."


def check(templates: Mapping[str, str], hook: Hook) -> None:
    """Refuse templates that a client could not resolve for this hook.

    Raises:
        TemplateInvalid: an unknown key, an unbalanced brace, or a token other than a root-level
            primitive field of the context or one of the four user tokens.
    """
    for key, template in templates.items():
        if key not in set(PrefetchKey):
            raise TemplateInvalid(f"{key}: is not a prefetch key")
        for token in _TOKEN.findall(template):
            if not _allowed(token, hook):
                raise TemplateInvalid(f"{key}: {hook.name} gives no token {{{{{token}}}}}")
        if not template or {"{", "}"} & set(_TOKEN.sub("", template)):
            raise TemplateInvalid(f"{key}: is empty or has an unbalanced brace")


def resolve(template: str, context_value: Callable[[str], str | None]) -> str:
    """The query with every token replaced by its percent-encoded value.

    `context_value` gives a root-level field of the call's context, None when it was not sent.

    Raises:
        TokenUnresolved: the call gives no value for a token.
    """
    return _TOKEN.sub(lambda match: _encoded(match[1], context_value), template)


def _allowed(token: str, hook: Hook) -> bool:
    return token in USER_TOKENS or token.removeprefix(_CONTEXT) in (
        hook.tokens if token.startswith(_CONTEXT) else frozenset()
    )


def _encoded(token: str, context_value: Callable[[str], str | None]) -> str:
    if token in USER_TOKENS:
        value = _user_id(context_value("userId"), USER_TOKENS[token])
    elif token.startswith(_CONTEXT):
        value = context_value(token.removeprefix(_CONTEXT))
    else:
        value = None
    if not value:
        raise TokenUnresolved(f"no value for {{{{{token}}}}}")
    return quote(value, safe="")


def _user_id(reference: str | None, resource_type: str) -> str | None:
    """The id in `reference` when it points to a resource of this type."""
    given_type, slash, given_id = (reference or "").rpartition("/")
    return given_id if slash and given_type.rpartition("/")[2] == resource_type else None
