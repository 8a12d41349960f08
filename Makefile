# What people and machines do with this repository. Each target sets itself up on a fresh clone;
# needed are Python 3.11 or newer, make, git and the package installs.

PYTHON ?= python3
VENV ?= .venv
# What is installed beside the package itself, and files of versions that pip must keep to.
EXTRAS ?= dev,docs
CONSTRAINTS ?=
# Extra arguments for pytest, as in: make test ARGS="-k receptive_field"
ARGS ?=

BIN := $(VENV)/bin
# The pages of the documentation that people write; docs/reference is written by a program.
PAGES := $(wildcard docs/*.md docs/how-to/*.md)
INSTALLED := $(VENV)/.installed
BENCH_INSTALLED := $(VENV)/.bench-installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-oldest lint format-is-right style-is-right types-are-right \
  reference-is-right agree docs check bench clean
# `make check` promises its order: what is quick to fail comes first.
.NOTPARALLEL:

help:
	@echo 'make demo    set up, then check and train specs/digits.yaml'
	@echo 'make test    set up, then run the tests'
	@echo 'make test-oldest   the tests with the oldest packages that pyproject.toml admits'
	@echo 'make lint    set up, then check format, style, types and the generated reference'
	@echo 'make agree   hold README, docs, report, targets and claims against specs and records'
	@echo 'make docs    set up, then build the documentation into build/docs'
	@echo 'make check   lint, agree, docs and test: what has to pass before a commit'
	@echo 'make bench   set up, then measure `archspec check` beside its peers'
	@echo 'make setup   a virtual environment in $(VENV), archspec in it, editable'
	@echo 'make clean   remove the environments and the caches (runs/ stays)'
	@echo
	@echo 'PYTHON=python3.12 chooses the interpreter, VENV=… the folder.'

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	@command -v '$(PYTHON)' >/dev/null || \
	  { echo "no '$(PYTHON)' here; name a Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "archspec needs Python 3.11 or newer; '$(PYTHON)' is $$('$(PYTHON)' --version 2>&1)." >&2; \
	    echo "Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x '$(BIN)/python' || '$(PYTHON)' -m venv '$(VENV)'
	@echo 'installing archspec and what it trains and is tested with into $(VENV) (torch is large: minutes)'
	@'$(BIN)/python' -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS:%=--constraint %) --editable '.[$(EXTRAS)]'
	@touch '$@'

$(BENCH_INSTALLED): bench/requirements.txt $(INSTALLED)
	@# Without dependencies: torchscan 0.1.2 asks for torch below 2 and would replace the one here.
	@'$(BIN)/python' -m pip install --quiet --disable-pip-version-check --no-deps -r bench/requirements.txt
	@touch '$@'

demo: $(INSTALLED)
	$(BIN)/archspec check specs/digits.yaml
	$(BIN)/archspec train specs/digits.yaml

# Each worker imports torch, so more than eight cost more memory than they save time.
test: $(INSTALLED)
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(ARGS)

# The same in an environment of its own.
test-oldest:
	$(MAKE) test PYTHON=python3.11 VENV=.venv-oldest EXTRAS=dev CONSTRAINTS=tests/oldest.txt

lint: format-is-right style-is-right types-are-right reference-is-right

# One target each, so that `make --keep-going lint` says everything in one pass.
format-is-right: $(INSTALLED)
	$(BIN)/ruff format --check .

style-is-right: $(INSTALLED)
	$(BIN)/ruff check .

types-are-right: $(INSTALLED)
	$(BIN)/mypy

reference-is-right: $(INSTALLED)
	$(BIN)/python -m docs.make_reference --check

# What is published here is what is computed and recorded.
agree: $(INSTALLED)
	$(BIN)/archspec sync --check README.md $(PAGES)
	$(BIN)/archspec report --check specs/step*.yaml
	$(BIN)/archspec report --check specs/best.yaml specs/fast.yaml specs/small.yaml --output reports/networks.md
	$(BIN)/archspec verify

docs: $(INSTALLED)
	$(BIN)/sphinx-build -W --keep-going -q -j auto -d build/doctrees docs build/docs
	@echo 'build/docs/index.html'

check: lint agree docs test

bench: $(BENCH_INSTALLED)
	$(BIN)/python bench/check.py $(ARGS)

clean:
	rm -rf '$(VENV)' .venv-oldest build/docs build/doctrees .mypy_cache .pytest_cache .ruff_cache .hypothesis
