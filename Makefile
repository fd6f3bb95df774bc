# The two commands of the README set up everything they need: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
IVR_FUZZ_SECONDS ?= 3600

.PHONY: run test check format bench soak docs clean

run: $(VENV)/installed
	@$(BIN)/ivr demo

test: $(VENV)/installed
	@tests/install-servers
	$(BIN)/python -m pytest -n auto -rs

check: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@tests/install-servers
	$(BIN)/python -m pytest -n auto -rs

format: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python -m bench
	$(BIN)/python -m bench.schedule

# Minutes each: 200 kills of workers and the master under load, and ends in good order, which count what was lost; random
# expressions and changed bundles, 100,000 and 20,000 of them; hours of the emulator, replayed; all that a legal PBX may
# do, in every order, for more steps than the tests go; a million bad requests; a million events with an eye on the
# memory; a week of callers in simulated time; requests made of the API's description, 1,000 of each path; and an hour of
# coverage-guided fuzzing (IVR_FUZZ_SECONDS).
soak: $(VENV)/installed
	$(BIN)/python -m tests.crash --kills 200
	$(BIN)/python -m tests.crash --kills 200 --postgresql
	$(BIN)/python -m tests.crash --kills 20 --graceful
	$(BIN)/python -m tests.crash --kills 25 --graceful --postgresql
	$(BIN)/python -m pytest -n auto tests/properties --expressions 100000 --mutations 20000
	$(BIN)/python -m pytest tests/runtime/test_replayed_hour.py --replayed-minutes 60
	$(BIN)/python -m tests.explorer --deep --states 2000000
	$(BIN)/python -m bench.fuzz
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.week
	$(BIN)/python -m bench.limits --seconds 600 --processes 4 --trip-ms 10
	IVR_SOAK_SECONDS=60 $(BIN)/python -m pytest tests/acceptance/test_publishing.py
	$(BIN)/python -m pytest tests/acceptance/test_described.py --api-examples 1000
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz --seconds $(IVR_FUZZ_SECONDS)

# The pages that are generated; tests hold them to the code.
docs: $(VENV)/installed
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .run

# Debian ships venv apart from python3; it is installed only where that is missing and allowed.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "python3-venv is missing: installing it"; \
		apt-get update -qq && apt-get install -y -qq python3-venv; \
	} || { echo "Please install python3-venv (Debian: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
