# Two commands after a clone: `make demo` runs the main job, `make test` passes the tests.
# Each makes its own .venv with every package it needs; only Python 3.11+ and make are assumed.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test check lint types docs bench fuzz oracles drill hosts dist sbom clean

demo: .venv/installed
	$(BIN)/s3transfer-tl demo --dir .demo

test: .venv/installed
	$(BIN)/python -m pytest -n 2 -q

check: .venv/installed lint types docs test

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed
	$(BIN)/mypy

# Generated pages must be what the code says; `make docs-write` brings them up to date.
docs: .venv/installed
	$(BIN)/python docs/generate.py --check

docs-write: .venv/installed
	$(BIN)/python docs/generate.py

bench: .venv/installed
	$(BIN)/python benchmarks/start.py

# Feeds the linter bytes until SECONDS are over, or one breaks a promise.
SECONDS ?= 60
fuzz: .venv/installed
	$(BIN)/python -m tests.fuzz.lint --seconds $(SECONDS)

# Compares our verdicts on captions with npm's validators; needs node and npm.
oracles: .venv/installed
	$(BIN)/python -m tests.oracles.captions

# Kills submissions KILLS times at random moments; SEED repeats what an earlier drill decided.
KILLS ?= 1000
drill: .venv/installed
	$(BIN)/python -m tests.faults.drill --kills $(KILLS) $(if $(SEED),--seed $(SEED))

# Tries the pre-commit hooks and the action for real, on a sample repository; needs the package index.
hosts: .venv/installed
	$(BIN)/python -m tests.hosts

# Source distribution and wheel as they are released: byte for byte the same for the same commit.
dist: .venv/installed
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --no-isolation
	$(BIN)/python -m twine check --strict dist/*
	cd dist && sha256sum *

# What the plain install brings along, as CycloneDX.
sbom: dist
	$(PYTHON) -m venv --clear .sbom
	.sbom/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'
	$(PYTHON) -m venv .sbom/plain
	.sbom/plain/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	.sbom/plain/bin/python -m pip uninstall --quiet --yes pip setuptools
	.sbom/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
	  --output-file dist/sbom.cdx.json .sbom/plain

clean:
	rm -rf .venv .demo .sbom dist

# pyproject.toml is the only input: a changed dependency makes a fresh install.
.venv/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "s3transfer-tl needs Python 3.11 or newer; say which with PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
