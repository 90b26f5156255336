# CD7Watch: the commands of a checkout. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
# `mlflow run` and the hooks start plain program names, so the environment's programs come first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export BENTOML_DO_NOT_TRACK := True
PRODUCT := .venv/product.stamp
DEVELOPMENT := .venv/development.stamp
PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check
INSTALL := $(PIP) install --no-deps --require-hashes
# The program `cd7watch`, which runs the code of this folder.
INSTALL_PROGRAM := $(PIP) install --no-deps --no-build-isolation --editable .
# Largest file that may be committed, in KiB.
MOST_KIB := 1024
PYTEST := python -m pytest -n auto --maxprocesses 4 --dist loadfile

CHECKS := ruff-check ruff-format types import-contracts large-files
.PHONY: help setup setup-dev demo test lint $(CHECKS) check coverage bench docs locks clean
.DEFAULT_GOAL := help

help:             ## list the commands
	@grep -hE '^[a-z-]+: *[^=]*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CD7Watch needs Python 3.11 or later; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make a virtual environment: on Debian, apt install python3-venv"; exit 2; }
	@test -x .venv/bin/pip || { rm -rf .venv; echo "The virtual environment has no pip: on Debian, apt install python3-venv"; exit 2; }

$(PRODUCT): requirements.lock pyproject.toml | .venv/bin/pip
	@echo "Installing the product (about 1.3 GB, a minute or two) ..."
	@$(INSTALL) -r requirements.lock
	@$(INSTALL_PROGRAM)
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | .venv/bin/pip
	@echo "Installing the product and its development tools (some minutes) ..."
	@$(INSTALL) -r requirements-dev.lock
	@$(INSTALL_PROGRAM)
	@touch $(PRODUCT) $@  # it holds the product too

setup: $(PRODUCT)          ## install the product into .venv, with the program .venv/bin/cd7watch
setup-dev: $(DEVELOPMENT)  ## install the product and the development tools into .venv

demo: $(PRODUCT)           ## simulate a cohort, train, register, serve at 127.0.0.1:3000
	@python -m cd7watch demo

test: $(DEVELOPMENT)       ## run the tests
	@$(PYTEST)

lint: $(DEVELOPMENT)       ## style, types, import contracts and file sizes, as the commit hooks do
	@$(MAKE) --no-print-directory $(CHECKS)

# One target per check, which `make lint` and .pre-commit-config.yaml both call. They do not depend
# on the environment's stamp, so that a commit never starts an installation.
ruff-check:
	ruff check .
ruff-format:
	ruff format --check .
types:
	mypy
import-contracts:
	lint-imports
large-files:
	@large=$$(git ls-files -z | xargs -0 sh -c 'find "$$@" -maxdepth 0 -size +$(MOST_KIB)k 2>/dev/null; true' -) && \
	  test -z "$$large" || { echo "Files over $(MOST_KIB) KiB do not belong in the repository: $$large"; exit 1; }

check: lint test           ## what continuous integration runs

coverage: $(DEVELOPMENT)   ## run the tests and print the coverage of lines and branches
	@$(PYTEST) --timeout 900 --cov --cov-report=term-missing:skip-covered

bench: $(DEVELOPMENT)      ## measurements side by side with their baselines
	@python -m benchmarks

docs: $(DEVELOPMENT)       ## build the documentation site into site/
	@mkdocs build --quiet
	@echo "Open site/index.html, or serve it: .venv/bin/mkdocs serve"

locks:                     ## renew the hashed locks (needs uv: pip install uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml -o serving.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml --group build --extra training -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml --group build --extra training --extra study --extra docs --extra dev -o requirements-dev.lock

clean:                     ## remove the environment, the state in var/, the site and caches
	rm -rf .venv var site mlruns .mypy_cache .ruff_cache .pytest_cache .coverage* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
