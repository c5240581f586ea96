# Immunoboard: make run starts it, make test checks it. Both set everything up the first time.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup run test bench lint lock

VAR := $(if $(IMMUNOBOARD_VAR),$(IMMUNOBOARD_VAR),var)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export FLASK_APP := app
DEMO_PATIENTS ?= 3000
DEMO_SEED ?= 2026

help:
	@echo "make run    set up what is missing and serve on http://127.0.0.1:8050 (HOST, PORT)"
	@echo "make test   set up what is missing, then linters and every test"
	@echo "make bench  measure the speed budgets into var/bench.json"
	@echo "make setup  environment, secret key, record store, demonstration warehouse"
	@echo "make lock   resolve pyproject.toml into the two locks"

setup:
	@.ci/environment run
	@mkdir -p $(VAR)
	@test -s $(VAR)/secret_key || (umask 077 && python -c "import secrets; print(secrets.token_urlsafe(48))" > $(VAR)/secret_key)
	@flask record upgrade
	@flask warehouse demo --if-none --patients $(DEMO_PATIENTS) --seed $(DEMO_SEED)

run: setup
	@flask users demo
	@exec gunicorn -c server/gunicorn_settings.py 'app:create_server()'

test:
	@.ci/system-packages
	@.ci/environment test
	@$(MAKE) --no-print-directory setup lint
	python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint:
	@ruff check .
	@ruff format --check --quiet .
	@lint-imports --no-cache >/dev/null || lint-imports --no-cache
	@mypy

bench:
	@.ci/environment test
	@$(MAKE) --no-print-directory setup
	@python -m tests.benchmarks

# uv is needed only here: pip install uv
lock:
	uv pip compile pyproject.toml --python-version 3.11 --python-platform linux --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements.lock
	grep -oE '^[a-z0-9._-]+==[^ ;]+' requirements.lock | grep -v '^urllib3' > $(VAR)/constraints.txt
	# dash[testing] holds urllib3 below 2, so that one package differs between the locks.
	uv pip compile pyproject.toml --group test -c $(VAR)/constraints.txt --python-version 3.11 \
		--python-platform linux --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --no-annotate -q -o requirements-test.lock
