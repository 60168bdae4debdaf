# Set up, run, check and test b12-cds. Needs Python 3.11 or newer, and nothing else.
#
#   make run     serve on http://127.0.0.1:8080 in demo mode (PORT changes the port)
#   make test    every check and every test
#   make check   style, types, the dependency rule, the knowledge and the generated docs only
#   make setup   the development environment only
#   make golden  write the reviewed exchanges of tests/exchanges/golden anew
#   make docs    write docs/rules.md and docs/conformance.md anew
#   make lock    choose versions anew, after a change of dependencies in pyproject.toml
#   make clean   remove what these commands made

PYTHON ?= python3
PORT   ?= 8080
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := cds_hooks fhir_mappers regimens service

# A stamp is newer than what it was made from, so a second run has nothing to install.
RUNTIME_STAMP := $(VENV)/.stamp-runtime
DEV_STAMP     := $(VENV)/.stamp-dev

.DEFAULT_GOAL := help
.PHONY: help run setup check test golden docs lock clean

help:
	@sed -n '3,10s/^# *//p' Makefile

run: $(RUNTIME_STAMP)
	PORT=$(PORT) B12_AUTH=$${B12_AUTH:-off} $(BIN)/b12-cds serve

setup: $(DEV_STAMP)

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/b12-cds knowledge check
	$(BIN)/python -m tests.rules_page --check
	$(BIN)/python -m tests.conformance --check

test: check
	$(BIN)/python -m pytest --cov --cov-report=term
	@$(BIN)/coverage report --include='regimens/*' --fail-under=100 > $(VENV)/regimens-coverage.txt \
		|| { cat $(VENV)/regimens-coverage.txt; echo 'regimens/ is not wholly covered'; exit 1; }

golden: $(DEV_STAMP)
	$(BIN)/python -m tests.exchanges.golden

docs: $(DEV_STAMP)
	$(BIN)/python -m tests.rules_page
	$(BIN)/python -m tests.conformance

# The cooldown keeps out releases younger than a week: most bad ones are withdrawn by then.
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--exclude-newer "1 week" --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

# Not the development stamp: with a new dependency, that needs the lock which is made here.
lock: $(BIN)/uv
	printf 'setuptools>=80\n' | $(COMPILE) - --output-file requirements-build.txt
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) pyproject.toml --extra dev --constraints requirements.txt \
		--output-file requirements-dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage htmlcov \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "b12-cds needs Python 3.11 or newer, but '$(PYTHON)' is" \
			"$$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "Python's venv module is incomplete; on Debian or Ubuntu: apt install python3-venv" >&2; \
		exit 1; }

$(BIN)/uv: | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.txt

$(RUNTIME_STAMP): requirements-build.txt requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-build.txt -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m pip --disable-pip-version-check check || { \
		echo "The locked versions do not fit pyproject.toml: run make lock." >&2; exit 1; }
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUNTIME_STAMP)
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
