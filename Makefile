# gitops-ci: `make` lists what there is. Every target does its own set-up.

PYTEST_ARGS ?=
# More than there are cores: half of the time a test waits for a server or a program. At the end of a run the
# workers take from each other what is left.
PYTEST_WORKERS ?= $(shell echo $$((3 * $$(getconf _NPROCESSORS_ONLN))))
# What `make lock` takes the newest of; empty: everything.
PACKAGES ?=
MATRIX_ARGS ?=

BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal --durations=20
SHELL_SCRIPTS = .ci/run $(shell find scripts gitops_ci resources tests vars -name '*.sh')
LINT = $(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/lint-imports --no-cache --no-logo && $(BIN)/mypy && \
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
# What would lead Python or pip out of our own environment.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX
# Images of Python set them: without its bytecode every worker and every start of the program compiles anew.
unexport PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED
export PYTHON NO_SYSTEM_PACKAGES
# For all checkouts of a user: a fresh clone finds what another one has checked (mypy compares contents).
export MYPY_CACHE_DIR ?= $(shell . scripts/cache.sh && echo "$$cache/mypy")
export PATH := $(CURDIR)/.tools:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test test-unit test-slow test-places test-all test-matrix fuzz mutations lock bench docs lint format release next clean set-up package-venv \
	dev-venv system-packages go-tools test-caches

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F"|" '{printf "%-20s %s\n", $$1, $$2}'

demo: package-venv ## the whole flow on this machine: build, dev, stage, approval, prod, rollback
	@$(BIN)/gitops-ci demo

test: set-up ## every check and test but the slow ones (NO_SYSTEM_PACKAGES=1, PYTEST_ARGS='tests/unit -k name')
	@( $(LINT) ) & lint=$$!; \
	$(PYTEST) -m 'not slow' $(PYTEST_ARGS); tests=$$?; \
	wait $$lint || { echo 'make lint failed: its words stand above, before those of the tests' >&2; exit 1; }; \
	exit $$tests

test-unit: dev-venv ## the tests without servers, system packages and Go, in less than a minute
	$(PYTEST) -m 'not slow' tests/unit $(PYTEST_ARGS)

test-slow: set-up ## the slow tests, and all laws with many more examples
	$(PYTEST) -m '(slow or hypothesis) and not places' --hypothesis-profile=full $(PYTEST_ARGS)

test-places: set-up ## every attack on the proof in every place: signers or not, on any branch
	$(PYTEST) -m places $(PYTEST_ARGS)

test-all: ## every check and test
	$(MAKE) test
	$(MAKE) test-slow
	$(MAKE) test-places

test-matrix: dev-venv ## other Pythons and Gits, the oldest and the newest libraries; says what was not tried
	$(BIN)/python -m scripts.matrix $(MATRIX_ARGS)

fuzz: dev-venv ## random histories, honest ones and attacked ones, as long as MINUTES=2 says (SEED=1 STORY=2: one of them again)
	@SEED=$(SEED) MINUTES=$(MINUTES) STORY=$(STORY) DENSE=$(DENSE) $(BIN)/python -m tests.fuzz

mutations: set-up ## switch off in turn whatever makes a violation: the tests have to notice each
	$(BIN)/python -m scripts.mutations

lint: dev-venv ## ruff, the layers, mypy and shellcheck
	$(LINT)

format: dev-venv ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: set-up ## the measurements of docs/benchmarks.md
	$(BIN)/python tests/performance/bench.py

docs: package-venv ## write docs/commands/ and the JSON Schemas from the program
	$(BIN)/python scripts/command_docs.py
	$(BIN)/python scripts/schemas.py

lock: package-venv ## write requirements/ anew from pyproject.toml (PACKAGES='ruff mypy': the newest of these alone)
	@sh scripts/make_locks.sh $(PACKAGES)

release: dev-venv ## make a release: VERSION=x.y.z, DRY_RUN=1 shows it (docs/releasing.md)
	@$(BIN)/python -m scripts.release make "$(VERSION)" $(if $(DRY_RUN),--dry-run)

next: dev-venv ## the version of the work after a release: VERSION=x.y.z.dev0
	@$(BIN)/python -m scripts.release next "$(VERSION)"

clean: ## remove everything that was made here
	rm -rf .venv .tools build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Side by side: each waits most of its time for something else (network, disk, processors).
set-up:
	@$(MAKE) --no-print-directory --jobs=4 system-packages dev-venv go-tools test-caches

package-venv:
	@sh scripts/make_venv.sh package

dev-venv:
	@sh scripts/make_venv.sh dev

system-packages:
	@sh scripts/system_packages.sh tests

go-tools:
	@sh scripts/go_tools.sh

test-caches:
	@sh scripts/test_caches.sh
