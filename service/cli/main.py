"""`b12-cds`: the one entry to the command line."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cds_hooks.hooks import HOOKS
from service.cli.exits import Exit
from service.errors import ConfigurationError
from service.routes.health import program_version

# What a disk says that takes no more: it is full, or has failed.
NOT_WRITTEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
HOOK_NAMES = tuple(hook.name for hook in HOOKS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = _parser().parse_args(arguments)
    if sys.stdout is None and options.command != "serve":  # and nothing would be told at all
        print("b12-cds: standard output is closed", file=sys.stderr)
        return Exit.MISTAKES
    try:
        return _written(int(_run(options)))
    except ConfigurationError as refused:
        print(f"b12-cds: {refused}".replace("\n", "\nb12-cds: "), file=sys.stderr)
        return Exit.CONFIGURATION
    except KeyboardInterrupt:
        _give_up_output()
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # keeps the interpreter from complaining once more at exit
        return Exit.OK
    except OSError as refused:
        if refused.errno not in NOT_WRITTEN:
            raise
        print(f"b12-cds: not all could be written: {refused.strerror}", file=sys.stderr)
        _give_up_output()
        return Exit.MISTAKES


def _written(code: int) -> int:
    """The code, when all that was printed is written."""
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _give_up_output() -> None:
    """What still waits to be written would fail once more when the interpreter ends."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "serve":
            from service.cli.serve import serve

            return serve()
        case "evaluate":
            from service.cli.evaluate import Request, evaluate_file

            asked = Request(options.file, options.hook, options.formulary, as_json=options.json)
            return evaluate_file(asked)
        case "prefetch":
            from service.cli.prefetch import print_sheet

            return print_sheet(options.client)
        case "knowledge":
            from service.cli.knowledge import check_knowledge

            today = datetime.now(UTC).date()
            return check_knowledge(tuple(options.files), options.clients, today)
        case "audit":
            return _run_audit(options)
        case "store":
            return _run_store(options)
        case _:
            from service.cli.clients import check_clients

            return check_clients(options.file)


def _run_audit(options: argparse.Namespace) -> int:
    from service.cli.audit import Choice, export, trace_card

    if options.audit_command == "card":
        return trace_card(options.uuid, as_json=options.json)
    names = ("since", "until", "client", "user", "patient", "after")
    return export(Choice(**{name: getattr(options, name) for name in names}))


def _run_store(options: argparse.Namespace) -> int:
    from service.cli.store import back_up, check_store, prune

    match options.store_command:
        case "backup":
            return back_up(options.file)
        case "prune":
            return prune(dry_run=options.dry_run)
        case _:
            return check_store()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="b12-cds", description="CDS Hooks service for vitamin B12 therapy."
    )
    parser.add_argument("--version", action="version", version=f"b12-cds {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "serve",
        help="serve CDS Hooks over HTTP",
        description="Serves CDS Hooks over HTTP. The settings are environment variables with the"
        " prefix B12_; docs/configuration.md explains each.",
    )
    _add_evaluate(commands.add_parser("evaluate", help="show the cards for a file"))
    clients = commands.add_parser("clients", help="look after the list of trusted EHRs")
    check = clients.add_subparsers(dest="clients_command", required=True, metavar="COMMAND")
    check_parser = check.add_parser("check", help="say what is wrong in a clients file, and where")
    check_parser.add_argument(
        "file", nargs="?", type=Path, help="the file; B12_CLIENTS when not named"
    )
    prefetch = commands.add_parser("prefetch", help="print what an EHR is asked to send along")
    prefetch.description = (
        "Prints the addresses of the services and the prefetch queries of one client, for an EHR that"
        " does not read discovery: its analyst types them in."
    )
    prefetch.add_argument("--client", metavar="ID", help="the client; the first when not named")
    _add_knowledge(commands.add_parser("knowledge", help="look after what cards rest on"))
    _add_audit(commands.add_parser("audit", help="account for what was done"))
    _add_store(commands.add_parser("store", help="look after the database"))
    return parser


def _add_knowledge(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="knowledge_command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say what is wrong in the content, and where")
    check.description = (
        "Checks knowledge, codes, units and wording of the packages against each other, then each"
        " file of a site. One line for each mistake: file, key, reason; exit code 1 when there is any."
    )
    check.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a site's own file")
    check.add_argument("--clients", type=Path, help="check all that this clients file uses as well")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Evaluates a hook request, or a FHIR Bundle with one patient's record, and shows the cards."
        " Draft MedicationRequests of a Bundle are taken as the orders at hand. Nothing is fetched."
    )
    parser.add_argument("file", help="the file; - reads standard input")
    parser.add_argument("--hook", choices=HOOK_NAMES, help="the hook, when the file names none")
    parser.add_argument("--formulary", help="uk, us or another file in knowledge/formularies")
    parser.add_argument("--json", action="store_true", help="the cards and the whole trace as JSON")


def _add_audit(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="audit_command", required=True, metavar="COMMAND")
    card = commands.add_parser(
        "card", help="when a card was issued, by which call, what became of it"
    )
    card.add_argument("uuid", type=_words, help="the card's uuid")
    card.add_argument("--json", action="store_true", help="as JSON")
    export = commands.add_parser("export", help="print the audit trail as FHIR AuditEvents")
    export.description = (
        "Prints one FHIR R4 AuditEvent a line for each call, in the order in which they"
        " reached the database. A call that was made while it was down reaches it later: to miss none,"
        " go on after the last one that was printed, not at a time."
    )
    export.add_argument(
        "--after",
        type=_words,
        metavar="ID",
        help="that came after the event with this id, as printed last time",
    )
    export.add_argument(
        "--since", metavar="TIME", help="recorded then or later; UTC unless it says"
    )
    export.add_argument("--until", metavar="TIME", help="recorded before then")
    export.add_argument("--client", type=_words, metavar="ID", help="of this client")
    export.add_argument(
        "--user", type=_words, metavar="REFERENCE", help="asked by this user, as context.userId"
    )
    export.add_argument(
        "--patient", type=_words, metavar="ID", help="for this patient, as context.patientId"
    )


def _words(argument: str) -> str:
    """An argument that a database can be asked for; no text are bytes that are not UTF-8."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("is not UTF-8") from None
    return argument


def _add_store(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="store_command", required=True, metavar="COMMAND")
    commands.add_parser("check", help="open and upgrade the database, say what is in it")
    backup = commands.add_parser("backup", help="copy an SQLite database while the service runs")
    backup.add_argument("file", type=Path, help="the copy; it must not be there yet")
    prune = commands.add_parser("prune", help="remove what is older than it is to be kept")
    prune.add_argument("--dry-run", action="store_true", help="only say how much that is")
