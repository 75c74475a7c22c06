# The two commands a newcomer needs: make demo, make test. Each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-fast lint soak bench lock clean

demo: $(VENV)/.dev $(BIN)/helm
	$(BIN)/tierkeeper demo

test: $(VENV)/.dev $(BIN)/helm system-parts lint
	$(BIN)/pytest -m "not slow" --cov --cov-report=term-missing:skip-covered
	$(BIN)/pytest -m slow -n 2 --dist loadgroup

test-fast: $(VENV)/.dev
	$(BIN)/pytest -m "not slow"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

soak: $(VENV)/.dev $(BIN)/helm system-parts
	$(BIN)/python -m tests.e2e.soak

bench: $(VENV)/.dev $(BIN)/helm system-parts
	@./deploy/system-parts npm wrk
	$(BIN)/python -m bench

# Rewrites both lock files from pyproject.toml.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) --group dev pyproject.toml -o requirements-dev.lock
LOCK := --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --no-strip-extras -q -p 3.11 -U

.PHONY: system-parts
system-parts:
	@./deploy/system-parts git postgresql chromium

$(VENV)/bin/python:
	@./deploy/system-parts git python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# kubectl and helm, for whatever renders; helm is placed last.
$(BIN)/helm: deploy/render-tools deploy/render-tools.txt | $(VENV)/.dev
	$(BIN)/python deploy/render-tools
	touch -c $@

clean:
	rm -rf $(VENV) var build dist
