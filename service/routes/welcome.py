"""GET /: one plain page for a person who opened the address in a browser."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cds_hooks.hooks import HOOKS
from service.routes.edge import Answer
from service.setup import Setup
from service.trace import Trace

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>b12-cds</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1b1b; background: #fff }}
a {{ color: #0b4f9e }} code {{ background: #f1f1f1; padding: 0 .2em }}
.demo {{ border: 2px solid #b00020; padding: .6rem 1rem }}
</style>
<h1>b12-cds</h1>
<p>A CDS Hooks service for vitamin B12 therapy. An EHR calls it when a chart is opened, when an order
is chosen and when it is signed; it answers with cards: which regimen fits, and what is unsafe,
missing or unclear in the order at hand.</p>
{demo}
<h2>Services</h2>
<ul>
{services}
</ul>
<p>An EHR finds them at <a href="/cds-services"><code>/cds-services</code></a>. The README shows a first
call and its answer; <code>SAFETY.md</code> says what this service is for and what it is not.
No clinician has approved its content. <a href="/__version__">Version</a>.</p>
</html>
"""
DEMO = """<p class="demo" role="note"><strong>Demo mode: authentication is off. Not for patient care.</strong>
The example patients below are invented.</p>
<ul>
{patients}
</ul>"""


def welcome(setup: Setup) -> Answer:
    """Answers the page, rendered once."""
    page = PAGE.format(demo=_demo(setup), services=_services())
    headers = {"Content-Security-Policy": POLICY}

    async def answer(_request: Request, _trace: Trace) -> Response:
        return HTMLResponse(page, headers=headers)

    return answer


def _services() -> str:
    lines = [f"<li>{escape(hook.title)} (<code>{hook.service_id}</code>)</li>" for hook in HOOKS]
    return "\n".join(lines)


def _demo(setup: Setup) -> str:
    if setup.demo is None:
        return ""
    lines = [
        f'<li>{escape(chart.story)} (<a href="/demo/fhir/Patient/{patient_id}">'
        f"<code>{patient_id}</code></a>)</li>"
        for patient_id, chart in setup.demo.charts.items()
    ]
    return DEMO.format(patients="\n".join(lines))
