"""What can go wrong in this package.

MapperError
├── UnreadableError  a resource that cannot be read; says where and what kind, never the content
└── CodesError       a code table that cannot be loaded; says file, key and reason
"""

from __future__ import annotations


class MapperError(Exception):
    """Base of every error that this package raises."""


class UnreadableError(MapperError):
    """A resource, or a piece of one, that has no readable shape.

    `where` is a path of element names, `kind` a fixed word. Neither holds patient data.
    """

    def __init__(self, where: str, kind: str) -> None:
        super().__init__(f"{kind} at {where}")
        self.where = where
        self.kind = kind


class CodesError(MapperError):
    """A code table, a unit table or a site file that cannot be used."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason
