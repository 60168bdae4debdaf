"""What a card rests on: the machine-readable extension that goes with it."""

from __future__ import annotations

from typing import Any

from cds_hooks.groups import Group
from cds_hooks.setting import CardSetting, Citation
from regimens.advice import Advice
from regimens.verdict import Input

EXTENSION = "org.b12cds.evidence"
REGIMEN_RULE = "b12-regimen"


def extension(group: Group, advice: Advice, setting: CardSetting) -> dict[str, Any]:
    """The card's `extension`; blanks in it are left out when it is written."""
    return {
        EXTENSION: {
            "rules": list(group.rules),
            "status": advice.assessment.status.value,
            "inputs": [input_json(each) for each in inputs(group, advice)],
            "citations": [
                citation_json(key, source) for key, source in setting.cited(citations(group))
            ],
            "knowledgeVersion": setting.knowledge_version,
        }
    }


def inputs(group: Group, advice: Advice) -> tuple[Input, ...]:
    """Every fact the group rests on, each once; a regimen rests on the assessment too."""
    given = [each for finding in group.findings for each in finding.verdict.inputs]
    if REGIMEN_RULE in group.rules:
        given.extend(advice.assessment.inputs)
    return tuple(dict.fromkeys(given))


def citations(group: Group) -> tuple[str, ...]:
    """The citation keys of the group, each once."""
    return tuple(dict.fromkeys(key for finding in group.findings for key in finding.cites))


def input_json(each: Input) -> dict[str, Any]:
    """One fact; the value stays text, as the laboratory wrote it."""
    return {
        "name": each.name,
        "value": each.value,
        "unit": each.unit,
        "date": each.on.isoformat() if each.on else None,
        "reference": each.reference,
    }


def citation_json(key: str, source: Citation) -> dict[str, Any]:
    """One source."""
    return {"key": key, "label": source.label, "url": source.url}
