# `make help` lists the habits. All a machine needs is make, python3 (3.11 or newer) and access to Python packages.
# Everything is called as `.venv/bin/python -m ...`: that works from a folder with a space in its name too.

PY := .venv/bin/python
MSISDN ?= +254712345678
JOBS ?= 3
PYTHONS ?= python3.13 python3.12 python3.11 python3
CODE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
IMPORTS := from importlinter.cli import lint_imports_command as lint; lint()

# Install and say how far it is, in a line for each package; all of pip's words are in .venv/install.log.
INSTALL = { $(PY) -m pip install --progress-bar off -c requirements.lock -e '$(1)' 2>&1; echo "pip ended with $$?"; } \
  | tee .venv/install.log | awk '/^pip ended with/ { code = $$4 } \
  /^Collecting/ { sub(/[ (;].*/, "", $$2); print "  " ++n " " $$2 } /^(ERROR|error)/ { print } \
  /^Installing collected/ { print "  putting all " n " in place..." } { fflush() } END { exit code }'

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check phone bench storm siege lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo '  Options for a command go into ARGS:  make run ARGS="--port 8080"'

run: .venv/run.stamp  ## start the service, with its own database if none is set
	@echo 'starting the service and what it needs; the last line is the address to open'
	@$(PY) -m gateway serve $(ARGS)

phone: .venv/run.stamp  ## a handset in the terminal; MSISDN=+2547... makes it another one
	@$(PY) -m gateway phone $(MSISDN) $(ARGS)

test: .venv/dev.stamp  ## the tests; ARGS="tests/menus -k paging" picks some, JOBS=0 runs them in one process
	@$(PY) -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder $(ARGS)

check: .venv/dev.stamp  ## lint, format, types, imports, and the tests unless NO_TESTS=1
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c '$(IMPORTS)'
	@$(if $(NO_TESTS),,$(PY) -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder)

bench: .venv/dev.stamp  ## hops and messages per second, against what does the same and nothing else
	@$(PY) -m bench $(ARGS)

storm: .venv/dev.stamp  ## 20,000 messages through a provider that does everything wrong; workers are killed
	@$(PY) -m bench.storm $(ARGS)

siege: .venv/dev.stamp  ## people act while everything goes wrong: hostile requests, hung and killed servers, kills
	@$(PY) -m bench.siege $(ARGS)

lock: .venv/dev.stamp  ## take the newest packages pyproject.toml allows, and write requirements.lock
	@$(PY) -m pip install -q --upgrade --upgrade-strategy eager -e '.[dev]'
	@$(PY) -m pip freeze --exclude-editable --exclude voicepact | grep -v ' @ ' > requirements.lock
	@touch .venv/run.stamp .venv/dev.stamp

clean:  ## remove what these commands made, but never data
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps tell whether .venv holds what pyproject.toml and requirements.lock ask for.
.venv/run.stamp: pyproject.toml requirements.lock | .venv/bin/python .venv/bin/pip
	@echo 'installing what VoicePact needs (once; a minute or two). Each package as it comes:'
	@$(call INSTALL,.)
	@touch .venv/run.stamp

.venv/dev.stamp: pyproject.toml requirements.lock | .venv/bin/python .venv/bin/pip
	@echo 'installing what VoicePact and its tests need (once; a few minutes). Each package as it comes:'
	@$(call INSTALL,.[dev])
	@touch .venv/run.stamp .venv/dev.stamp

# pip comes last, so a .venv without it was left half made.
.venv/bin/python .venv/bin/pip:
	@for python in $(PYTHONS); do \
	  if $$python -c '$(CODE)' >/dev/null 2>&1; then \
	    echo "making .venv with $$($$python --version)"; \
	    $$python -m venv --clear .venv; exit; \
	  fi; \
	done; \
	echo "VoicePact needs python3 3.11 or newer with venv (on Debian: apt install python3-venv); found: $$(python3 --version 2>&1)" >&2; \
	exit 1
