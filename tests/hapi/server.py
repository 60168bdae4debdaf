"""Starts a real HAPI FHIR server on loopback, built from HAPI's published libraries."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Literal

import httpx

Version = Literal["dstu2", "stu3", "r4", "r4b", "r5"]

OLDEST_JAVA = 17
"""The Java version that HAPI's libraries are compiled for."""

QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Java's second compiler pays for itself only when all charts are loaded: a test run ends sooner."""

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
CLASSPATH = TARGET / "classpath.txt"
STAMP = TARGET / "inputs.sha256"


class HapiError(RuntimeError):
    """The server could not be built or started; the message ends with what it said itself."""


@dataclass(frozen=True)
class HapiServer:
    """One running server. `log` is what it has written so far, and goes when it stops."""

    base: str
    version: Version
    token: str | None
    log: Path

    @property
    def headers(self) -> dict[str, str]:
        """What a request must carry to be let in: nothing when the server asks for no token."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def client(self) -> httpx.Client:
        """A client at the base URL that is let in, and that no proxy setting leads elsewhere."""
        return httpx.Client(base_url=self.base, headers=self.headers, timeout=300, trust_env=False)


def hapi_available() -> str | None:
    """Why the server cannot be had on this machine, in words for a person; None when it can."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            return f"the HAPI FHIR server needs a Java {OLDEST_JAVA} JDK and Maven: no {program}"
    found = java_version()
    if found < OLDEST_JAVA:
        return f"the HAPI FHIR server needs Java {OLDEST_JAVA} or newer; this is Java {found}"
    return None


def java_version() -> int:
    """The first number of the version that `java` reports of itself; 0 when it reports none."""
    command = [_program("java"), "-version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    number = re.search(r'version "(\d+)', answer.stderr)
    return int(number[1]) if number else 0


@contextmanager
def start(
    version: Version = "r4", token: str | None = None, *, timeout_s: float = 240
) -> Iterator[HapiServer]:
    """An empty server on a free port of loopback, killed on leaving.

    The first start on a machine fetches the libraries, some 400 MB, and takes minutes.

    Raises:
        HapiError: it did not build, or was not ready after `timeout_s` seconds.
    """
    classpath = built_classpath()
    with tempfile.NamedTemporaryFile("w", prefix=f"hapi-{version}-", suffix=".log") as log:
        command = [
            _program("java"),
            "-Xmx1500m",
            *QUICK_START,
            "-cp",
            classpath,
            "org.b12cds.hapi.Launcher",
        ]
        arguments = [version, "0", *([token] if token else [])]
        with subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,  # its end tells the launcher to stop, should this process die
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process:
            try:
                base = _announced_base(process, timeout_s, Path(log.name))
                yield HapiServer(base, version, token, Path(log.name))
            finally:
                process.kill()


def built_classpath() -> str:
    """The Java class path of the launcher, building it first if its sources have changed.

    Raises:
        HapiError: Maven could not resolve or compile.
    """
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_built():
            _build()
    return os.pathsep.join([str(TARGET / "classes"), *_jars()])


def _jars() -> list[str]:
    return CLASSPATH.read_text().strip().split(os.pathsep)


def _is_built() -> bool:
    """Built from these very sources, and no library has been cleared away since."""
    if not (STAMP.exists() and CLASSPATH.exists()) or STAMP.read_text() != _digest_of_inputs():
        return False
    return all(Path(jar).exists() for jar in _jars())


def _build() -> None:
    """Resolve and compile once with Maven; the stamp is written last, so half a build is none."""
    goals = ["dependency:build-classpath", f"-Dmdep.outputFile={CLASSPATH}", "compile"]
    maven = subprocess.run(
        [_program("mvn"), "-B", "-q", *goals],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if maven.returncode != 0:
        raise HapiError(f"Maven could not build the HAPI server:\n{_tail(maven.stdout)}")
    STAMP.write_text(_digest_of_inputs())


def _digest_of_inputs() -> str:
    digest = hashlib.sha256()
    sources = (path for path in (HERE / "src").rglob("*") if path.is_file())
    for path in [HERE / "pom.xml", *sorted(sources)]:
        digest.update(f"{path.relative_to(HERE)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _announced_base(process: subprocess.Popen[str], timeout_s: float, log: Path) -> str:
    """The base URL that the launcher prints once it answers."""
    assert process.stdout is not None
    alarm = Timer(timeout_s, process.kill)  # ends the wait for a line below
    alarm.start()
    line = process.stdout.readline()
    alarm.cancel()
    if not line.startswith("READY "):
        said = _tail(log.read_text(errors="replace"))
        raise HapiError(
            f"the HAPI server did not start within {timeout_s:g} s; the end of its log:\n{said}"
        )
    return line.removeprefix("READY ").strip()


def _program(name: str) -> str:
    """Where the program lies, by the same search path that `hapi_available` asks."""
    found = shutil.which(name)
    if found is None:
        raise HapiError(hapi_available() or f"{name} is not on the search path")
    return found


def _tail(text: str, lines: int = 40) -> str:
    return "\n".join(text.splitlines()[-lines:])
