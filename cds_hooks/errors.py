"""What can go wrong in the protocol.

CdsHooksError
├── BadRequest          a call that is not a CDS Hooks call we can read (400)
├── TooManyItems        a list that is longer than we read at once (413)
├── TemplateInvalid     a prefetch template breaks the token rules
├── TokenUnresolved     a prefetch token has no value in this call
├── DialectInvalid      a dialect file breaks its schema
├── WordingInvalid      a wording file breaks its schema
├── WordingMissing      a text, or a value for its placeholder, is not there
└── CardBroken          a card breaks the specification even in its plainest form (500)
"""

from __future__ import annotations


class CdsHooksError(Exception):
    """Anything this package refuses to do. No message holds a value from a call."""


class BadRequest(CdsHooksError):  # noqa: N818 - the name of the HTTP status it becomes
    """A body that cannot be read: `what` is wrong, `where` is the path of the member."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where or 'The body'} {what}")
        self.what = what
        self.where = where


class TooManyItems(CdsHooksError):  # noqa: N818
    """A list of a body that is longer than is read at once; the message says how long it may be."""


class TemplateInvalid(CdsHooksError):  # noqa: N818
    """A prefetch template that a client could not resolve; the message says why."""


class TokenUnresolved(CdsHooksError):  # noqa: N818
    """This call gives no value for the token that the message names."""


class DialectInvalid(CdsHooksError):  # noqa: N818
    """A dialect file cannot be used; the message names file, key and reason."""


class WordingInvalid(CdsHooksError):  # noqa: N818
    """A wording file cannot be used; the message names file, key and reason."""


class WordingMissing(CdsHooksError):  # noqa: N818
    """A text was asked for that does not exist, or a placeholder has no value."""


class CardBroken(CdsHooksError):  # noqa: N818
    """No form of this card keeps the specification's rules; the message names the rule ids."""
