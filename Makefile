# The whole manual: make demo, make test, make lint, make bench.
UV_VERSION := 0.13.9
export UV_PROJECT_ENVIRONMENT := .venv
PYTHON ?= python3
# Two at a time, each with a database of its own; the tests of one file stay together.
TOGETHER := -n 2 --dist loadfile -q
BENCHES := seal log upload intake route register

.PHONY: setup tools demo test lint bench clean

setup: .venv/.ready

.venv/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; } \
	  || { echo "Python's venv is missing. Install it with: sudo apt-get install python3-venv"; exit 1; }
	.venv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	.venv/bin/uv sync --frozen --quiet
	@touch $@

tools:
	@sh scripts/tools.sh

demo: setup
	.venv/bin/resguardo demo

test: setup tools
	.venv/bin/pytest $(TOGETHER)
	RESGUARDO_TEST_ON=postgresql .venv/bin/pytest $(TOGETHER) -m "not slow and not browser" tests/cases tests/evidence tests/indicators tests/jobs tests/people tests/registry tests/report tests/work

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m tests.migrations

bench: setup
	@for name in $(BENCHES); do .venv/bin/resguardo bench $$name || exit 1; done

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis
