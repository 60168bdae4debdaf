"""What the service knows for one client: knowledge, code tables, wording and searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cds_hooks import dialects
from cds_hooks.dialects import Dialect
from cds_hooks.errors import DialectInvalid, WordingInvalid
from cds_hooks.setting import Citation
from cds_hooks.wording.site import with_site_files
from cds_hooks.wording.wording import Wording
from cds_hooks.wording.wording import load as load_wording
from fhir_mappers.errors import CodesError
from fhir_mappers.searches import templates
from fhir_mappers.terminology import Codes, load_codes
from regimens.knowledge.loader import Knowledge, KnowledgeError, load_library
from regimens.tuning import Tuning
from service.clients import Client
from service.content_check import told
from service.content_hash import Approval, approval_of, content_hash
from service.errors import ConfigurationError
from service.settings import Settings
from service.tuning import tunings_of


@dataclass(frozen=True, slots=True)
class Content:
    """The content that one client's calls are judged by.

    `dialect` is how its cards are written; `templates` are the prefetch templates by key;
    `citations` and `products` are the knowledge's sources and product names as cards show them.
    `version` is the hash of all content, and `tunings` are the site's own by hook.
    """

    knowledge: Knowledge
    codes: Codes
    wording: Wording
    dialect: Dialect
    templates: Mapping[str, str]
    citations: Mapping[str, Citation]
    products: Mapping[str, str]
    tunings: Mapping[str, tuple[Tuning, ...]]
    version: str
    approval: Approval

    @property
    def override_reasons(self) -> frozenset[str]:
        """The codes of the reasons that its cards offer for setting them aside."""
        rules = self.knowledge.rules.values()
        return frozenset(reason for rule in rules for reason in rule.override_reasons)


def load_content(client: Client, settings: Settings) -> Content:
    """The content for `client`, read from the files of the packages and of its site.

    Raises:
        ConfigurationError: a file is wrong or not there; file, key and reason are named. Or the
            site has signed other content than this.
    """
    try:
        library = load_library(site_files=client.site_knowledge)
        thresholds = {} if client.thresholds is None else {"thresholds": client.thresholds}
        knowledge = library.knowledge(client.formulary or settings.formulary, **thresholds)
        codes = load_codes(client.site_codes)
        wording = with_site_files(load_wording(), client.site_wording)
        dialect = dialects.read(
            client.dialect.value, action_selection_behavior=client.action_selection_behavior
        )
    except (KnowledgeError, CodesError, WordingInvalid, DialectInvalid) as refused:
        lines = [f"client {client.id!r}: {line}" for line in told(refused)]
        raise ConfigurationError("\n".join(lines)) from None
    version = content_hash(client)
    return Content(
        knowledge=knowledge,
        codes=codes,
        wording=wording,
        dialect=dialect,
        templates=templates(codes, client.fhir_version.for_templates),
        citations=_citations(knowledge),
        products={key: product.name for key, product in knowledge.products.items()},
        tunings=tunings_of(client, knowledge),
        version=version,
        approval=approval_of(client, version),
    )


def _citations(knowledge: Knowledge) -> dict[str, Citation]:
    return {
        key: Citation(citation.label, None if citation.url is None else str(citation.url))
        for key, citation in knowledge.citations.items()
    }
