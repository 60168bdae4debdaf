"""Each target is searched for a while, led by coverage, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TIMEOUT_S = 10  # for one input, which libFuzzer then calls a hang
# Some ten seconds each on a usual machine. Counted in inputs, so that a slow one does no less.
RUNS = {
    "addresses": 80_000,
    "answers": 2_500,
    "records": 1_200,
    "requests": 5_000,
    "tokens": 60_000,
}
EXECUTED = re.compile(r"^stat::number_of_executed_units: (\d+)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None,
    reason="atheris is not here: it is made for Linux and for Python before 3.14",
)


@pytest.mark.parametrize("target", RUNS)
def test_no_input_is_found_that_breaks_the_target(target: str, tmp_path: Path) -> None:
    """No error but the target's own, and no input that takes long."""
    limits = ("--runs", str(RUNS[target]), "--timeout", str(TIMEOUT_S), "--seed", "1")
    command = (sys.executable, "-m", "tests.fuzz", target, *limits, "--folder", str(tmp_path))
    both = subprocess.STDOUT
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=both, text=True, timeout=900, check=False
    )
    executed = EXECUTED.search(done.stdout)
    assert done.returncode == 0, f"{kept_of(tmp_path)}\n{done.stdout[-6_000:]}"
    assert executed is not None
    assert int(executed[1]) >= RUNS[target]


def kept_of(folder: Path) -> str:
    """Where the inputs lie that were found; `python -m tests.fuzz TARGET FILE` repeats one."""
    kept = [path for kind in ("crash", "timeout", "oom") for path in folder.glob(f"{kind}-*")]
    return f"found: {', '.join(map(str, kept)) or 'nothing'}"
