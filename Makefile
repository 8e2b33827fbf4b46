# The recipes of the Intelligent Office. `make help` lists them; `make` alone sets everything up.
#
#   make run                                   the main job, on real source code
#   make run TASK="what is 15 * 23?"           any task
#   make run TASK="..." FOLDER=~/project       in any folder
#   make PYTHON=/usr/bin/python3.12            with another Python

PYTHON ?= python3
BIN := .venv/bin

# A console script knows the folder it was installed in: a project that was moved is set up again.
READY := .venv/ready-$(shell pwd | cksum | cut -d ' ' -f 1)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1
export PIP_ROOT_USER_ACTION = ignore

# The words of a task reach the shell as they are, whatever quotes and dollars are in them.
ifeq ($(origin TASK),command line)
export OFFICE_MAKE_TASK := $(value TASK)
endif
ifeq ($(origin FOLDER),command line)
export OFFICE_MAKE_FOLDER := $(value FOLDER)
endif

FLAGSHIP = Analyze the Python files in . and create a call sequence where the start function is requests.api.get \
	and the end function is requests.utils._parse_content_type_header

.PHONY: setup help run test check fix serve studio draw env bench lock clean
.DEFAULT_GOAL := setup

setup: $(READY) ## make .venv with everything in it
	@echo "Ready. Next: make run, make test; make help lists the rest."

help: ## list the recipes
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -E '^[a-z]+:.*## ' Makefile

run: $(READY) ## do a task (TASK="..." FOLDER=...); without one, trace a real package's calls
	@if [ -n "$$OFFICE_MAKE_TASK" ]; then \
		task=$$OFFICE_MAKE_TASK; folder=$${OFFICE_MAKE_FOLDER:-.}; \
	else \
		task='$(FLAGSHIP)'; folder=$$($(BIN)/python -c 'import requests; print(requests.__path__[0])'); \
		echo "$$task"; echo "in $$folder"; \
	fi; \
	unset OFFICE_MAKE_TASK OFFICE_MAKE_FOLDER; \
	exec $(BIN)/office run --folder "$$folder" -- "$$task"

test: check ## set up, then check everything

check: $(READY) ## formatting, lint, types, import contracts, tests
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest

fix: $(READY) ## mend formatting and what the linter can mend
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

serve: $(READY) ## open the HTTP door on this machine
	exec $(BIN)/office serve

studio: $(READY) ## open the office in LangGraph Studio
	exec $(BIN)/langgraph dev --host 127.0.0.1

draw: $(READY) ## renew the picture of the graph in the README
	$(BIN)/office draw --into README.md

env: $(READY) ## renew .env.example
	$(BIN)/office doctor --env > .env.new && mv .env.new .env.example

bench: $(READY) ## measure start-up and the office's own overhead
	$(BIN)/python -m bench.startup
	$(BIN)/python -m bench.overhead
	$(BIN)/python -m bench.models

lock: ## renew requirements.lock; needs uv
	@command -v uv > /dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev pyproject.toml -o requirements.lock

clean: ## remove .venv and every cache; the tasks stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .langgraph_api
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp comes last: a set-up that was interrupted is done again, and pip finds what is there already.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2> /dev/null || echo missing)." >&2; \
		echo "Name another one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@rm -f .venv/ready-*
	@echo "Setting up .venv; the first time, this takes some minutes."
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
