"""What CDS Hooks asks of a service, numbered, in our own words.

`where` says which part of the program meets a row. `unmet` says why a row is not implemented, or not
by this program; such a row needs no test.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "1.0, 2.0, 3.0"
SINCE_2 = "2.0, 3.0"
BALLOT = "3.0"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement."""

    number: int
    level: str
    versions: str
    asks: str
    where: str = ""
    unmet: str = ""


CARDS = "`cds_hooks/card_rules.py`"
CALL = "`cds_hooks/request.py`"
FOUND = "`service/routes/discovery.py`, `cds_hooks/discovery.py`"
DATA = "`service/resolve.py`"
TOKENS = "`service/trust/`"
TEMPLATES = "`cds_hooks/prefetch.py`, `fhir_mappers/searches.py`"
EXCHANGE = "`service/routes/hooks.py`"
FEEDBACK = "`cds_hooks/feedback.py`, `service/routes/feedback.py`"
DIALECTS = "`cds_hooks/dialects/`"

ROWS = (
    Row(
        1,
        "SHALL",
        ALL,
        "Production traffic is JSON over TLS",
        unmet="the site's proxy ends TLS; the program speaks JSON behind it and reads FHIR servers over https unless a laboratory allows http",
    ),
    Row(2, "SHALL", BALLOT, "FHIR inside the JSON is FHIR's own JSON", "`cds_hooks/card.py`"),
    Row(
        3,
        "SHALL NOT",
        ALL,
        "No null, empty text, empty array or empty object, but for the named exceptions",
        CARDS,
    ),
    Row(
        4,
        "model",
        BALLOT,
        "`cards` is always there; `systemActions` is absent when there are none",
        CARDS,
    ),
    Row(5, "MAY NOT", "1.0", "Required texts are not blank", CARDS),
    Row(6, "SHOULD NOT", BALLOT, "No comments and no trailing commas", "`service/reply.py`"),
    Row(7, "SHALL", ALL, "Discovery is at `{base}/cds-services` and stays there", FOUND),
    Row(8, "SHALL", ALL, "Discovery answers an object with the array `services`", FOUND),
    Row(9, "should", ALL, "Without services the array is empty", FOUND),
    Row(10, "SHALL", ALL, "A service names its `hook`", FOUND),
    Row(11, "SHOULD", ALL, "A service has a `title`", FOUND),
    Row(12, "SHALL", ALL, "A service has a `description`", FOUND),
    Row(13, "SHALL", ALL, "A service has an `id` and lives at `{base}/cds-services/{id}`", FOUND),
    Row(
        14, "MAY", ALL, "A service names the queries it would like to be answered beforehand", FOUND
    ),
    Row(15, "MAY", SINCE_2, "A service says in `usageRequirements` what it needs", FOUND),
    Row(16, "SHOULD", BALLOT, "A service says in `version` which CDS Hooks it speaks", FOUND),
    Row(
        17,
        "SHALL if present",
        BALLOT,
        "`hookVersion` is that of the published hook",
        "`cds_hooks/hooks/`",
    ),
    Row(
        18,
        "MAY",
        SINCE_2,
        "One id for several hooks tells that newer cards replace older ones",
        unmet="clients are known that keep services by their address and lose all but one hook of a shared id; every hook has an id of its own",
    ),
    Row(19, "SHALL", ALL, "Success is 200", FOUND),
    Row(20, "SHALL", ALL, "A call is a POST with a JSON body to the service's address", EXCHANGE),
    Row(21, "accept", ALL, "The members of a call are read", CALL),
    Row(
        22,
        "accept",
        SINCE_2,
        "A grant of access counts only with a FHIR server, which is https in production",
        CALL,
    ),
    Row(23, "choice", ALL, "An unknown id, another hook or a malformed body is an error", EXCHANGE),
    Row(24, "SHOULD", ALL, "Answers come quickly, in about half a second", "`service/deadline.py`"),
    Row(25, "note", ALL, "`hookInstance` names one call and no other", "`cds_hooks/identity.py`"),
    Row(26, "should", ALL, "Prefetch, the FHIR server or a mix of both will do", DATA),
    Row(27, "duty", ALL, "What the prefetch lacks is read, key by key", DATA),
    Row(28, "SHALL", ALL, "Required data that cannot be had are a 412", "`service/evaluate.py`"),
    Row(29, "SHOULD", SINCE_2, "An OperationOutcome in the prefetch is recognised", DATA),
    Row(
        30,
        "meaning",
        ALL,
        "Absent, null, an error and an empty Bundle are four different things",
        DATA,
    ),
    Row(31, "accept", SINCE_2, "A prefetch may come in pages", DATA),
    Row(
        32,
        "SHALL",
        SINCE_2,
        "Tokens of a query stand in double braces: a context field or one of the four user tokens",
        TEMPLATES,
    ),
    Row(
        33, "SHALL", ALL, "Tokens name only primitive fields at the root of the context", TEMPLATES
    ),
    Row(
        34,
        "trial use",
        BALLOT,
        "FHIRPath in queries",
        unmet="the queries get on without it, and few clients can resolve it",
    ),
    Row(
        35,
        "SHALL within the subset",
        ALL,
        "Queries keep to the recommended subset of FHIR search",
        TEMPLATES,
    ),
    Row(36, "note", ALL, "Sorting is asked for as FHIR has it, `_sort=-date`", TEMPLATES),
    Row(37, "MAY", ALL, "The FHIR server is read beyond the prefetch", DATA),
    Row(
        38,
        "SHALL",
        ALL,
        "Every read of the FHIR server carries the call's token",
        "`service/fhir/server.py`",
    ),
    Row(39, "accept", ALL, "The members of a grant are read; its patient is the call's", CALL),
    Row(
        40,
        "SHALL",
        ALL,
        "The token is transient: never kept, shared or logged",
        "`service/fhir/server.py`",
    ),
    Row(41, "note", BALLOT, "Scopes come in several spellings; none is required", CALL),
    Row(42, "duty", ALL, "A refused read degrades the answer and never breaks it", DATA),
    Row(43, "SHALL", ALL, "An answer is an object with the array `cards`", EXCHANGE),
    Row(44, "should", ALL, "Nothing to say is an empty array", EXCHANGE),
    Row(45, "MAY", ALL, "Other statuses tell of errors", "`service/errors.py`"),
    Row(46, "SHOULD", BALLOT, "Errors carry an OperationOutcome", "`cds_hooks/outcome.py`"),
    Row(
        47,
        "MAY / SHALL",
        SINCE_2,
        "A card's `uuid` is unique, and feedback names it",
        "`cds_hooks/identity.py`",
    ),
    Row(48, "SHALL", ALL, "`summary` is one sentence of at most 139 characters", CARDS),
    Row(
        49, "SHALL", ALL, "`detail` is GitHub Flavored Markdown", "`cds_hooks/wording/template.py`"
    ),
    Row(50, "SHALL", ALL, "`indicator` is info, warning or critical", CARDS),
    Row(51, "SHALL", ALL, "`source` has a label, and only absolute addresses", CARDS),
    Row(52, "SHALL", ALL, "Suggestions come with a `selectionBehavior`", CARDS),
    Row(53, "SHALL", ALL, "`selectionBehavior` is one that the client knows", DIALECTS),
    Row(54, "SHALL", SINCE_2, "Override reasons have system, code and display", CARDS),
    Row(
        55,
        "trial use",
        BALLOT,
        "A common vocabulary of override reasons, beside those that fit each rule",
        "`cds_hooks/non_adherence.py`",
    ),
    Row(
        56,
        "SHALL",
        ALL,
        "A suggestion has a label; at most one is recommended where one may be taken",
        CARDS,
    ),
    Row(
        57,
        "SHALL NOT",
        BALLOT,
        "`actionSelectionBehavior` goes only to clients that are known to support it",
        DIALECTS,
    ),
    Row(58, "SHALL", ALL, "An action has a known type and a description", CARDS),
    Row(59, "SHALL", ALL, "Create and update carry the whole resource", CARDS),
    Row(
        60,
        "SHOULD",
        SINCE_2,
        "Delete names its order by `resourceId`; in 1.0 by `resource`",
        DIALECTS,
    ),
    Row(61, "note", ALL, "The actions of one suggestion belong together", DIALECTS),
    Row(62, "SHALL", ALL, "A link has label, address and type", CARDS),
    Row(63, "SHALL NOT", ALL, "`appContext` is for SMART links only", CARDS),
    Row(
        64,
        "duty",
        SINCE_2,
        "What a launched app shows repeats the card's guidance",
        unmet="no card launches an app",
    ),
    Row(
        65,
        "MAY, pre-arranged",
        SINCE_2,
        "`systemActions` only where they were agreed; never a clinical change unseen",
        EXCHANGE,
    ),
    Row(
        66,
        "note",
        SINCE_2,
        "Cards of an earlier call of the same hook are dropped by the client",
        "`service/said_before.py`",
    ),
    Row(67, "MAY", SINCE_2, "Feedback is taken at the service's address", FEEDBACK),
    Row(68, "accept", SINCE_2, "Feedback may hold several cards, and repeats", FEEDBACK),
    Row(69, "accept", SINCE_2, "The members of feedback are read", FEEDBACK),
    Row(
        70,
        "note",
        SINCE_2,
        "Without ids there is no feedback: cards and suggestions have them",
        "`cds_hooks/identity.py`",
    ),
    Row(71, "choice", SINCE_2, "Feedback is answered with 200 and JSON", FEEDBACK),
    Row(72, "SHOULD", ALL, "Callers prove who they are wherever data could be exposed", TOKENS),
    Row(
        73,
        "accept",
        ALL,
        "The token is a JWT in the Authorization header, with `alg`, `kid` and `typ`",
        TOKENS,
    ),
    Row(
        74,
        "accept",
        ALL,
        "`iss`, `aud`, `exp`, `iat` and `jti` are required, `tenant` is optional",
        TOKENS,
    ),
    Row(75, "check", ALL, "`aud` is the address that is called", TOKENS),
    Row(76, "SHOULD", ALL, "Issuers and key addresses are those of a list", TOKENS),
    Row(77, "SHALL NOT", ALL, "Neither `none` nor a shared secret is accepted", TOKENS),
    Row(78, "SHALL", ALL, "Without `jku` the keys are known beforehand", TOKENS),
    Row(
        79,
        "practice",
        ALL,
        "A token opens once, keys rotate, checks run from cheap to dear",
        TOKENS,
    ),
    Row(80, "practice", ALL, "A refused token is a 401 that tells nothing", TOKENS),
    Row(81, "MAY", ALL, "Client certificates beside the token", "`service/trust/proxy.py`"),
    Row(82, "need", ALL, "Browser-based clients are let in by CORS", "`service/app.py`"),
    Row(
        83,
        "SHALL",
        ALL,
        "Extensions are objects under reverse-domain names; unknown ones are passed over",
        CALL,
    ),
    Row(
        84,
        "SHOULD NOT",
        ALL,
        "Nothing is read that the user may not see",
        "`service/fhir/server.py`",
    ),
    Row(
        85,
        "duty",
        SINCE_2,
        "What is supported is told in a form that people can read",
        "`service/cli/prefetch.py`, this page",
    ),
    Row(86, "SHALL", ALL, "Hooks of one's own bear reverse-domain names", "`cds_hooks/hooks/`"),
)
