"""`b12-cds serve`: the HTTP server, on loopback unless a demo is opened on purpose."""

from __future__ import annotations

import gc
import sys

import uvicorn

from service.app import create_app
from service.cli.exits import Exit
from service.inbound.head import ShortHead
from service.observe.log import set_up_logging
from service.settings import Settings, read_settings, unknown_variables

LOUD = "DEMO MODE, AUTHENTICATION IS OFF, not for patient care"
NAMELESS = (
    "B12_HASH_KEY_FILE is not set: the audit trail names no user and no patient, not even hashed,"
    " and nothing that was said before stays quiet."
)
# The collector's share of the slowest calls falls from about 18 ms to almost nothing.
COLLECT_AFTER = (50_000, 20, 100)
KEEP_ALIVE_S = 65  # longer than the usual idle time of a load balancer, so that it closes first
FINISH_CALLS_WITHIN_S = 10


def serve() -> int:
    """Serves until told to stop.

    Raises:
        ConfigurationError: it must not serve with these settings.
    """
    settings = read_settings()
    for name in unknown_variables():
        print(f"b12-cds: {name} is no setting of this version; it is ignored", file=sys.stderr)
    app = create_app(settings)
    announce(settings)
    set_up_logging()
    settle_collector()
    uvicorn.run(
        app,
        http=ShortHead,
        host=settings.listen_host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # The peer's address decides whose word on a certificate is taken, so no header may set it.
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=FINISH_CALLS_WITHIN_S,
    )
    return Exit.OK


def announce(settings: Settings) -> None:
    """Says on the console where the service is, and loudly when it asks nobody who they are."""
    if settings.demo:
        print(f"\n  *** {LOUD} ***\n", file=sys.stderr)
    if settings.open_demo:
        print("  B12_OPEN_DEMO: every network of this machine can reach it.\n", file=sys.stderr)
    if settings.hash_key_file is None and not settings.demo:
        print(f"  {NAMELESS}\n", file=sys.stderr)
    print(f"  http://127.0.0.1:{settings.port}\n", file=sys.stderr, flush=True)


def settle_collector() -> None:
    """Leaves what was loaded at the start out of every later collection, and collects less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
