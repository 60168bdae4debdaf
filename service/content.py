"""What the service knows for one client: knowledge, code tables, wording and search templates."""

from __future__ import annotations

from dataclasses import dataclass

from regimens.knowledge.loader import Knowledge, KnowledgeError, load_library
from service.clients import Client
from service.errors import ConfigurationError
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Content:
    """The content that one client's calls are judged by."""

    knowledge: Knowledge
    templates: dict[str, str]


def load_content(client: Client, settings: Settings) -> Content:
    """The content for `client`, read from the files of the packages and of its site.

    Raises:
        ConfigurationError: a file is wrong or not there; file, key and reason are named.
    """
    try:
        knowledge = load_library().knowledge(client.formulary or settings.formulary)
    except KnowledgeError as refused:
        raise ConfigurationError(f"client {client.id!r}: {refused}") from None
    return Content(knowledge, {})
