# Everyday commands. Everything is installed into .venv from the lock files; nothing outside this folder is changed.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
BUILD := setup.cfg setup.py pyproject.toml $(PLUGINS:%=%/pyproject.toml)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard registry/locale/*/LC_MESSAGES/*.po))
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

# Bytecode is kept in .venv whatever the shell says: else every process compiles everything again, the tests twice over.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

# $(call absent,WHAT,WHAT FOLLOWS,DEBIAN PACKAGES): one loud line; an error where nothing may be absent.
absent = { echo "*** $(1) is absent: $(2). On Debian: apt-get install $(3) ***" >&2; test -z "$$REGISTRY_TEST_REQUIRE_ALL"; }

.PHONY: run test check soak bench bundle docs messages shots lock font clean
.DELETE_ON_ERROR:

run: .venv/run.stamp $(CATALOGUES)  ## Set up once, then serve the demonstration on http://HOST:PORT
	@exec $(BIN)/registry demo --host $(HOST) --port $(PORT)

test: .venv/dev.stamp $(CATALOGUES)  ## Everything: style, types and all tests
	@command -v chromium >/dev/null || $(call absent,Chromium,browser tests are skipped,chromium)
	@fc-list :lang=zh 2>/dev/null | grep -q . || $(call absent,A Chinese font,pictures of pages are not compared,fontconfig fonts-noto-cjk)
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	  $(call absent,PostgreSQL,tests on it are skipped,postgresql)
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(PYTEST) -m "not soak"

soak: .venv/dev.stamp $(CATALOGUES)  ## What takes long: processes killed at random, hundreds of races
	@$(BIN)/pytest -m soak

bench: .venv/dev.stamp $(CATALOGUES)  ## What things cost beside a yardstick: a table, and benchmarks/results.json
	@$(BIN)/python -m benchmarks

check: .venv/dev.stamp $(CATALOGUES)  ## The inner loop: under a minute
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(PYTEST) --quiet -m "not package and not browser and not slow and not postgresql and not soak"

lock: .venv/lock.stamp  ## Write the lock files anew: names, versions, hashes, no addresses
	@for lock in "requirements.lock" "requirements-dev.lock --extra dev --constraint requirements.lock"; do \
	  .venv/lock/bin/uv pip compile setup.cfg --group build --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command "make lock" --upgrade --quiet --output-file $$lock || exit; done

bundle: .venv/run.stamp  ## One archive that installs without a network, into dist/
	@$(BIN)/python .ci/bundle.py

docs: .venv/run.stamp  ## Write the generated tables of docs/ anew
	@$(BIN)/python -c 'from pathlib import Path; from registry.base.settings import as_markdown; \
	  p = Path("docs/settings.md"); p.write_text(p.read_text().partition("| setting")[0] + as_markdown())'

messages: .venv/run.stamp  ## Bring the translations up to date with the sources; says what is not translated yet
	@$(BIN)/python registry/locale/update.py

shots: .venv/dev.stamp $(CATALOGUES)  ## Pictures of the main pages at two widths in three languages, into shots/
	@$(BIN)/python tests/shots.py

font: .venv/dev.stamp  ## Cut the certificate's font anew (needs fonts-noto-cjk and unicode-data)
	@$(BIN)/python registry/fonts/cut.py

clean:  ## Take away what was built; what was entered (var/) stays
	@rm -rf .venv build dist *.egg-info plugins/*/build plugins/*/dist plugins/*/*.egg-info
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find registry plugins templates migrations tests -name __pycache__ -prune -exec rm -rf {} +
	@rm -f registry/locale/*/LC_MESSAGES/*.mo

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is absent. On Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Name another: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "python3-venv is absent. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# The dev environment holds all that the other needs, so either may be made first.
.venv/run.stamp: requirements.lock $(BUILD) | .venv/bin/python
	@echo "Setting up .venv (once; about a minute)" >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e . $(PLUGINS:%=-e %)
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "Adding the tools for tests" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/lock.stamp: | .venv/bin/python
	@$(PYTHON) -m venv .venv/lock
	@.venv/lock/bin/pip --disable-pip-version-check -qq install "uv>=0.13,<0.14"
	@touch $@

$(CATALOGUES): %.mo: %.po | .venv/run.stamp
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
