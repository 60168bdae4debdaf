"""`python -m tests.fuzz TARGET` searches one target, led by coverage; with a file it repeats one input.

A finding ends the search: its error is shown, and its input kept in the folder of findings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore] # without types

# Ours, and what reads addresses for us: without them libFuzzer would not see where it gets.
OURS = ["cds_hooks", "fhir_mappers", "regimens", "service", "httpx", "idna"]

with atheris.instrument_imports(include=OURS):
    from tests.fuzz.targets import TARGETS, Target


def main(arguments: list[str]) -> None:
    """Searches until the runs or the seconds are over; leaves the process."""
    asked = _asked(arguments)
    target = TARGETS[asked.target]
    folder = Path(asked.folder or mkdtemp(prefix="fuzz-"))
    options = [
        f"-runs={asked.runs}",
        f"-max_total_time={asked.seconds}",
        f"-seed={asked.seed}",
        f"-timeout={asked.timeout}",
        f"-max_len={target.longest}",
        f"-artifact_prefix={folder}/",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    inputs = asked.inputs or [*_laid_out(target, folder)]
    atheris.Setup([sys.argv[0], *options, *inputs], target.run, custom_mutator=_mutator(target))
    atheris.Fuzz()


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("inputs", nargs="*", help="files to run once instead of a search")
    parser.add_argument("--runs", type=int, default=-1, help="how many inputs at most")
    parser.add_argument("--seconds", type=int, default=0, help="how long at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=int, default=10, help="seconds for one input")
    parser.add_argument("--folder", help="where inputs and findings are kept")
    return parser.parse_args(arguments)


def _laid_out(target: Target, folder: Path) -> tuple[str, ...]:
    """The folders that libFuzzer reads; what it learns goes to the first."""
    learnt, first = folder / "learnt", folder / "seeds"
    for each in (learnt, first):
        each.mkdir(parents=True, exist_ok=True)
    for position, seed in enumerate(target.seeds()):
        (first / f"{position:04}").write_bytes(seed)
    if not target.words:
        return str(learnt), str(first)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    return f"-dict={words}", str(learnt), str(first)


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """The target's own changes, as libFuzzer asks for them; what they leave, it changes itself."""

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        changed = target.change(data, Random(seed))
        if changed is None or len(changed) > max_size:
            return bytes(atheris.Mutate(data, min(len(data), max_size)))
        return changed

    return mutate


if __name__ == "__main__":
    main(sys.argv[1:])
