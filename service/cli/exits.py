"""What the exit code of a command says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """0 is success; 2 is also what a wrong command line gives."""

    OK = 0
    MISTAKES = 1  # a check has found what it looks for, or not all could be written
    CONFIGURATION = 2
    UNREADABLE = 3  # the file is no hook request and no patient Bundle
    UNOBTAINABLE = 4  # data without which no advice is safe are not in it
    INTERRUPTED = 130  # by Ctrl-C, as a shell has it
