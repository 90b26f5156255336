# CD7Watch: every command a newcomer needs. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
# `mlflow run` starts plain "python", so the environment's programs must come first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export BENTOML_DO_NOT_TRACK := True
PRODUCT := .venv/product.stamp
DEVELOPMENT := .venv/development.stamp
INSTALL := .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help demo test check lint bench locks clean setup setup-dev
.DEFAULT_GOAL := help

help:            ## list the commands
	@grep -hE '^[a-z-]+: *[^=]*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CD7Watch needs Python 3.11 or later; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make a virtual environment: on Debian, apt install python3-venv"; exit 2; }
	@test -x .venv/bin/pip || { rm -rf .venv; echo "The virtual environment has no pip: on Debian, apt install python3-venv"; exit 2; }

$(PRODUCT): requirements.lock | .venv/bin/pip
	@echo "Installing the product (about 1.3 GB, a minute or two) ..."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock | .venv/bin/pip
	@echo "Installing the product and its development tools (some minutes) ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $(PRODUCT) $@  # it holds the product too

setup: $(PRODUCT)          ## install the product into .venv
setup-dev: $(DEVELOPMENT)  ## install the product and the development tools into .venv

demo: $(PRODUCT)           ## simulate a cohort, train, register, serve at 127.0.0.1:3000
	@python -m demo

test: $(DEVELOPMENT)       ## run the tests
	@python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(DEVELOPMENT)       ## style, types and import contracts
	ruff check .
	ruff format --check .
	mypy
	lint-imports

check: lint test           ## what continuous integration runs

bench: $(DEVELOPMENT)      ## measurements side by side with their baselines
	@python -m benchmarks

locks:                     ## renew the hashed locks (needs uv: pip install uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml -o serving.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml --extra training -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url pyproject.toml --extra training --extra study --extra dev -o requirements-dev.lock

clean:                     ## remove the environment, the state in var/ and caches
	rm -rf .venv var mlruns .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
