# Each target says what it does after two hashes; `make` alone lists them.

PYTHON_PATHS := src tests benchmarks scripts
SHELL_SCRIPTS := scripts/bootstrap.sh scripts/lock.sh scripts/check_migrations.sh scripts/graphql_http_audit.sh scripts/prove_clients.sh scripts/prove_sdks.sh
BASH_SCRIPTS := .ci/run scripts/prove_bare.sh
BIN := .venv/bin
PYTEST_ARGS ?= -n 2
BENCH ?=
DEMO_DATABASE := var/postgres

.DEFAULT_GOAL := help
.PHONY: help deps demo test lint fmt types contracts migrations bench mutants lock clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  make demo ARGS=--once            the story only, no server afterwards\n'
	@printf '  make demo RECEIPT=invoice.pdf    with a receipt of your own\n'
	@printf '  make test PYTEST_ARGS="-k budget" a part of the tests\n'

deps: ## install what is missing (first time about a minute, then a blink)
	@scripts/bootstrap.sh

demo: deps ## watch a receipt become a claim, an approval and a voucher; then try it yourself
	@$(BIN)/mobile-hrp demo $(if $(RECEIPT),--receipt "$(RECEIPT)") $(ARGS)

test: deps lint migrations ## everything that must hold: lint, types, contracts, migrations, tests
	@echo '== pytest'
	@$(BIN)/pytest -q $(PYTEST_ARGS)

lint: deps types contracts ## style, types, import contracts, dependencies, shell syntax
	@echo '== ruff'
	@$(BIN)/ruff check --quiet $(PYTHON_PATHS)
	@$(BIN)/ruff format --quiet --check $(PYTHON_PATHS) || \
		{ echo "run 'make fmt'"; $(BIN)/ruff format --check $(PYTHON_PATHS); exit 1; }
	@echo '== deptry'
	@$(BIN)/deptry .
	@echo '== shell'
	@for script in $(SHELL_SCRIPTS); do sh -n $$script || exit 1; done
	@for script in $(BASH_SCRIPTS); do bash -n $$script || exit 1; done

types: deps ## mypy, strict
	@echo '== mypy'
	@$(BIN)/mypy

contracts: deps ## imports go down only
	@echo '== import contracts'
	@$(BIN)/lint-imports --no-logo

migrations: deps ## squawk reads the SQL of the migrations
	@echo '== squawk'
	@scripts/check_migrations.sh

fmt: deps ## put the code into shape
	@$(BIN)/ruff check --fix $(PYTHON_PATHS)
	@$(BIN)/ruff format $(PYTHON_PATHS)

bench: deps ## run the benchmarks, or one: BENCH=name
	@for file in benchmarks/$(if $(BENCH),$(BENCH),[a-z]*).py; do \
		name=$$(basename "$$file" .py); echo "== $$name"; \
		$(BIN)/python -m "benchmarks.$$name" || exit 1; \
	done

mutants: deps ## change the rules of money one thing at a time; each change must be noticed
	@$(BIN)/python -m scripts.try_mutants $(ARGS)
	@$(BIN)/python -m scripts.mutants --survivors mutants/survivors.md

lock: deps ## write requirements.lock anew (scripts/lock.sh --upgrade for newer versions)
	@scripts/lock.sh

clean: ## remove caches, and the demo's data with its database
	@if [ -x $(BIN)/python ] && [ -d $(DEMO_DATABASE) ]; then \
		$(BIN)/python -c 'import pathlib, sys; from mobile_hrp.runtime import embedded_postgres; \
		embedded_postgres.discard(pathlib.Path(sys.argv[1]))' $(DEMO_DATABASE); fi
	@rm -rf var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the virtual environment as well
	@rm -rf .venv
