# Modules are compiled once, whatever the shell says: every process of the tests reads them.
unexport PYTHONDONTWRITEBYTECODE

# Two commands do everything: `make run` and `make test`. Both are safe to repeat.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PORT ?= 8501
# Of the tests, on two cores: one of three waits for a browser, a server or a disk.
WORKERS ?= 3

.PHONY: run test trials bench lint demo sbom reference screenshots clean

run: .venv/run demo
	$(BIN)/ire-audit serve --home .demo --demo --port $(PORT)

demo: .venv/run
	@$(BIN)/ire-audit demo --home .demo

# What the tests need is fetched side by side, and the code looked over meanwhile.
test:
	@$(MAKE) --no-print-directory --jobs=4 --output-sync ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: ready
ready: .venv/dev .venv/sbom/made chromium operations provider axe postgres lint

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

trials: .venv/dev chromium operations provider axe postgres
	$(BIN)/python -m pytest -m trial tests

bench: .venv/dev
	$(BIN)/python -m pytest -m benchmark tests/benchmarks -s

# What the product is made of: dist/sbom.cdx.json, and docs/operations/licences.md.
sbom: .venv/dev .venv/sbom/made
	$(BIN)/python -m tests.sbom dist/sbom.cdx.json

# Every command and what it takes: docs/cli.md, from the commands themselves.
reference: .venv/dev
	$(BIN)/python -m tests.cli_reference

# What the guides show: docs/images, of a demo home.
screenshots: .venv/dev chromium demo
	$(BIN)/python -m tests.browser.screenshots .demo

clean:
	rm -rf .venv .demo

# The environment: what the locks pin, by hash, then the project itself.
.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
		|| { echo "python3-venv is missing; install it: sudo apt-get install python3-venv"; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: requirements.lock pyproject.toml | .venv/python
	@$(MAKE) --no-print-directory install LOCK=requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock pyproject.toml | .venv/python
	@$(MAKE) --no-print-directory install LOCK=requirements-dev.lock
	@touch .venv/run $@

# What looks an environment through for the SBOM is in none that is looked through or tested.
.venv/sbom/made: requirements-sbom.lock | .venv/python
	$(BIN)/python -m venv --without-pip .venv/sbom
	$(BIN)/python -m pip --python .venv/sbom/bin/python install --quiet --disable-pip-version-check \
		--require-hashes -r requirements-sbom.lock
	@touch $@

.PHONY: install
install:
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

# A real browser for the browser tests: Debian's, installed where it is missing and we may.
# Packages of Debian's are installed by one rule after the other: a second apt-get would fail.
.PHONY: chromium
chromium: | .venv/python
	@command -v chromium >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
		|| { echo "chromium is missing; install it: sudo apt-get install chromium"; exit 2; }

# What the files for operators are tested with: the proxy, and the reader of systemd's units.
.PHONY: operations
operations: | chromium
	@{ command -v nginx && command -v systemd-analyze; } >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq nginx-light systemd; } \
		|| { echo "nginx or systemd is missing; install both: sudo apt-get install nginx-light systemd"; exit 2; }

# On the Node of the environment: a real OpenID Connect provider for the tests of signing in, and
# axe-core for those of accessibility.
.PHONY: provider axe
provider: tests/browser/provider/node_modules/.package-lock.json
axe: tests/browser/axe/node_modules/.package-lock.json

%/node_modules/.package-lock.json: %/package-lock.json .venv/dev
	cd $* && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

# A real PostgreSQL for the ledger's tests, which start a server of their own.
.PHONY: postgres
postgres: | operations
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq postgresql; } \
		|| { echo "PostgreSQL is missing; install it: sudo apt-get install postgresql"; exit 2; }
