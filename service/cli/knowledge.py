"""`b12-cds knowledge check`: what is wrong in our content and in a site's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path

from cds_hooks.errors import WordingInvalid
from fhir_mappers.errors import CodesError
from regimens.knowledge.loader import KnowledgeError
from service.cli.exits import Exit
from service.clients import Client, load_clients
from service.content import load_content
from service.content_check import (
    Package,
    load_package,
    package_mistakes,
    packaged_files,
    reviews_passed,
    site_file_mistakes,
    told,
)
from service.content_hash import content_hash
from service.errors import ConfigurationError
from service.settings import read_settings


def check_knowledge(
    files: tuple[Path, ...],
    clients_file: Path | None,
    today: date,
    load: Callable[[], Package] = load_package,
) -> int:
    """Prints one line for each mistake and each review that is due; says so when there is none.

    Raises:
        ConfigurationError: the clients file itself cannot be used.
    """
    try:
        package = load()
    except (KnowledgeError, CodesError, WordingInvalid) as refused:
        return _answer(told(refused))
    clients = () if clients_file is None else load_clients(clients_file, signed=False)
    used = (path for client in clients for path in client.site_files)
    site = tuple(dict.fromkeys((*files, *used)))
    wrong = {path: site_file_mistakes(path, package) for path in site}
    mistakes = [*package_mistakes(package), *chain.from_iterable(wrong.values())]
    mistakes += () if mistakes else _in_clients(clients)
    readable = [path for path in site if not wrong[path]]
    for line in reviews_passed([*packaged_files(), *readable], today):
        print(f"warning: {line}")
    return _answer(tuple(mistakes), _all_well(package, site, clients))


def _in_clients(clients: tuple[Client, ...]) -> Iterator[str]:
    """What is wrong only in how a client puts the files together: names, tuning, signature."""
    settings = read_settings()
    for client in clients:
        try:
            load_content(client, settings)
        except ConfigurationError as refused:
            yield from str(refused).splitlines()


def _all_well(package: Package, site: tuple[Path, ...], clients: tuple[Client, ...]) -> str:
    counted = [f"{len(package.library.rules)} rules", f"{len(package.library.citations)} sources"]
    counted += [f"{len(site)} site files"] if site else []
    counted += [f"{len(clients)} clients"] if clients else []
    return f"{', '.join(counted)}: no mistakes. Content of the packages: {content_hash()}"


def _answer(mistakes: tuple[str, ...], all_well: str = "") -> int:
    for line in mistakes:
        print(line)
    if mistakes:
        return Exit.MISTAKES
    print(all_well)
    return Exit.OK
