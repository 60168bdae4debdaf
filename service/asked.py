"""One call with everything that is needed to answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from cds_hooks.request import HookRequest
from fhir_mappers.reading import Reading
from fhir_mappers.searches import search_url
from fhir_mappers.versions.version import Version
from regimens.advice import Moment
from regimens.tuning import Tuning
from service.clients import Client
from service.content import Content
from service.deadline import Deadline
from service.observe.laps import Laps
from service.setup import Setup


@dataclass(frozen=True, slots=True)
class Asked:
    """One call with everything that is needed to answer it.

    `thorough` evaluates also where a service would stay silent at once, for the trace. `version`
    is the FHIR version of searches and suggestions.
    """

    call: HookRequest
    client: Client
    setup: Setup
    deadline: Deadline
    received: datetime
    thorough: bool = False
    version: Version = Version.R4
    laps: Laps = field(default_factory=Laps)

    @property
    def content(self) -> Content:
        """The content this client's calls are judged by."""
        return self.setup.content[self.client.id]

    @property
    def today(self) -> date:
        """The date of receipt in the client's time zone."""
        return self.received.astimezone(self.client.zone).date()

    @property
    def moment(self) -> Moment:
        """When the EHR asks."""
        return self.call.hook.moment

    @property
    def tunings(self) -> tuple[Tuning, ...]:
        """What this client's site changes about how rules speak at this hook."""
        return self.content.tunings[self.call.hook.name]

    @property
    def reading(self) -> Reading:
        """The circumstances in which FHIR is read."""
        content = self.content
        formulary = content.knowledge.coded_as
        return Reading(content.codes, self.today, self.client.zone, formulary)

    def query(self, key: str) -> str:
        """The search for one list of this call's patient."""
        return search_url(key, self.call.patient_id, self.content.codes, self.version)
