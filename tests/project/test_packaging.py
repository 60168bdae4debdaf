"""What is installed elsewhere is what lies here."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cds_hooks", "fhir_mappers", "regimens", "service")


@pytest.mark.parametrize("package", PACKAGES)
def test_package_promises_types(package: str) -> None:
    """Without the marker, type checkers treat an installed package as untyped."""
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_data_file_is_shipped(package: str) -> None:
    """A kind of file that no pattern names would work here and be missing once installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    assert [path for path in data if not any(path.match(pattern) for pattern in patterns)] == []


@pytest.mark.parametrize(
    "name", ["requirements-build.txt", "requirements.txt", "requirements-dev.txt"]
)
def test_lock_holds_exact_hashed_versions_and_no_addresses(name: str) -> None:
    """A lock names packages, versions and hashes; where to get them is the reader's choice."""
    lines = (ROOT / name).read_text().splitlines()
    requirement = re.compile(r"[a-z0-9-]+==[0-9][\w.]*( ; [^\\]+)? \\")
    hash_line = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [
        line for line in lines if not (requirement.fullmatch(line) or hash_line.fullmatch(line))
    ] == []


def test_runtime_and_development_locks_agree() -> None:
    """Tests must run on the versions that are served."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
