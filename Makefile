# Every target does its own set-up. Needed: Python 3.11 or newer, make, and a package index for pip
# (pip takes the index from its own configuration).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The lock files pin and hash every package; what has no wheel is built with the locked setuptools.
INSTALL := $(PIP) install -qq --require-hashes --no-build-isolation
ITSELF := $(PIP) install -qq --no-deps --no-build-isolation --editable .
UV_VERSION := 0.13.9
# Processes the tests run in: each loads the packs and starts a PostgreSQL of its own (about 1 GB).
WORKERS ?= 2

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help venv run demo test test-failed test-long lint bench wheel lock clean

help:  ## Show this list
	@echo 'make demo and make test are all it takes; what else there is:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | tr '@' '\t' | expand -t 14

venv: $(VENV)/.dev  ## Make the virtual environment for developing (.venv)

run: $(VENV)/.base  ## Open the service on http://127.0.0.1:8000
	@$(BIN)/huashu serve

demo: $(VENV)/.base  ## Score the sample conversations and write out/demo.html
	@HUASHU="$(BIN)/huashu" sh examples/demo.sh

test: $(VENV)/.dev  ## Run the tests, in two processes (more: WORKERS=8)
	$(BIN)/python -m pytest --quiet -rs -n $(WORKERS) --dist worksteal

test-failed: $(VENV)/.dev  ## Run the tests again that failed, one after the other
	$(BIN)/python -m pytest --quiet -rs --last-failed --last-failed-no-failures none

test-long: $(VENV)/.dev  ## Run the endurance tests: half an hour
	$(BIN)/python -m pytest --quiet -rs -m long tests/long

lint: $(VENV)/.dev  ## Check style, types, imports between rooms, and the rule packs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/huashu rules lint

bench: $(VENV)/.bench  ## Measure the speed
	$(BIN)/python -m benchmarks.speed

wheel: $(VENV)/.base  ## Build the wheel and try it in a clean virtual environment
	rm -rf build dist
	$(PIP) wheel -qq --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build
	$(BIN)/python .ci/smoke.py dist/*.whl

lock: $(VENV)/.base  ## Pin the newest versions pyproject.toml allows in requirements/
	$(PIP) install -qq uv==$(UV_VERSION)
	sh requirements/lock.sh $(BIN)/uv

clean:  ## Remove what the other targets have made
	rm -rf $(VENV) build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Python 3.11 or newer is needed. If it is not $(PYTHON), name it: make demo PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.build: requirements/build.lock | $(BIN)/python
	@echo 'Setting up $(VENV): a minute or two, once'
	@$(INSTALL) --requirement requirements/build.lock
	@touch $@

$(VENV)/.base: requirements/base.lock pyproject.toml $(VENV)/.build
	@$(INSTALL) --requirement requirements/base.lock
	@$(ITSELF)
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.base
	@$(INSTALL) --requirement requirements/dev.lock
	@touch $@

$(VENV)/.bench: requirements/bench.lock $(VENV)/.base
	@$(INSTALL) --requirement requirements/bench.lock
	@touch $@
