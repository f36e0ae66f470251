# gitops-ci: `make` lists what there is. Every target does its own set-up.

PYTEST_ARGS ?=
PYTEST_WORKERS ?= auto

BIN := .venv/bin
# What would lead Python or pip out of our own environment.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX
export PYTHON NO_SYSTEM_PACKAGES
export PATH := $(CURDIR)/.tools:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test bench docs lint format clean package-venv dev-venv system-packages go-tools

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F"|" '{printf "%-15s %s\n", $$1, $$2}'

demo: package-venv ## the whole flow on this machine: build, dev, stage, approval, prod, rollback
	@$(BIN)/gitops-ci demo

test: system-packages dev-venv go-tools lint ## every check and every test (NO_SYSTEM_PACKAGES=1, PYTEST_ARGS='tests/unit -k name')
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

lint: dev-venv ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: dev-venv ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: system-packages dev-venv go-tools ## the measurements of docs/benchmarks.md
	$(BIN)/python tests/performance/bench.py

docs: package-venv ## write docs/commands/ and the JSON Schemas from the program
	$(BIN)/python scripts/command_docs.py
	$(BIN)/python scripts/schemas.py

clean: ## remove everything that was made here
	rm -rf .venv .tools build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Order matters: Python's own package may come with the system's packages.
.NOTPARALLEL:

package-venv:
	@sh scripts/make_venv.sh package

dev-venv:
	@sh scripts/make_venv.sh dev

system-packages:
	@sh scripts/system_packages.sh tests

go-tools:
	@sh scripts/go_tools.sh
