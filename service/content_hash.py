"""One hash over all content that one client's calls are judged by, which its site can sign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from cds_hooks.wording.wording import FOLDER as WORDING
from fhir_mappers.terminology import FOLDER as CODES
from regimens.knowledge.loader import HERE as KNOWLEDGE
from service.clients import Client
from service.errors import ConfigurationError


class Approval(StrEnum):
    """Whether a site has signed the content."""

    NONE = "none"
    SIGNED = "signed"


def content_hash(client: Client | None = None) -> str:
    """SHA-256 over the names and bytes of every file, whatever order they are listed in.

    Knowledge, codes, units and wording of the packages, and the site files of `client`.
    """
    named = [*_packaged(), *(_of_site(client) if client else ())]
    digest = hashlib.sha256()
    for name, content in sorted(named):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def approval_of(client: Client, found: str) -> Approval:
    """Whether the site has signed this content.

    Raises:
        ConfigurationError: it has signed another: what runs is not what was reviewed.
    """
    if client.approved_hash is None:
        return Approval.NONE
    if client.approved_hash != found:
        raise ConfigurationError(
            f"client {client.id!r}: approved_hash: the content is not the one that was signed:"
            f" expected {client.approved_hash}, found {found}. Review what changed and sign the"
            " content found, or restore the files."
        )
    return Approval.SIGNED


def _packaged() -> Iterator[tuple[str, bytes]]:
    for kind, folder in (("knowledge", KNOWLEDGE), ("codes", CODES), ("wording", WORDING)):
        for path in folder.rglob("*.toml"):
            yield f"{kind}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _of_site(client: Client) -> Iterator[tuple[str, bytes]]:
    for kind, paths in (
        ("codes", client.site_codes),
        ("knowledge", client.site_knowledge),
        ("wording", client.site_wording),
    ):
        for path in paths:
            yield f"site/{kind}/{path.name}", _read(client, path)


def _read(client: Client, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as refused:
        raise ConfigurationError(
            f"client {client.id!r}: {path}: cannot be read: {refused.strerror}"
        ) from None
