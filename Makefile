# The two commands of the README set up everything they need: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
IVR_FUZZ_SECONDS ?= 3600
TESTERS ?= $(shell expr $$(nproc) + 1)

.PHONY: run test check format console console-tools bench soak mutate docs lock wheel deb sbom clean

run: $(VENV)/served
	@$(BIN)/ivr demo

# One process more than there are cores, since many tests wait. `worksteal`: the tests with real processes come in a row and mostly wait; one worker would be left alone with them.
test: $(VENV)/installed console-tools
	@tests/install-servers
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal -rs

check: $(VENV)/installed console-tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m router.catalogue.stub
	$(BIN)/mypy
	$(BIN)/lint-imports
	@tests/install-servers
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal -rs

format: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The console, from console/ into router/web/static/console, which is under version control: who only runs or installs the
# router needs no Node. tests/console/test_build.py builds it anew where npm is, and compares.
NODE_MODULES := console/node_modules/.package-lock.json
console: $(NODE_MODULES)
	cd console && npm run --silent check && npm run --silent build

$(NODE_MODULES): console/package-lock.json
	cd console && npm ci --silent --no-audit --no-fund --ignore-scripts

console-tools:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(NODE_MODULES); else \
		echo "!! npm is missing: whether the console is built of its sources will not be tested"; fi

bench: $(VENV)/soaked
	$(BIN)/python -m bench
	$(BIN)/python -m bench.schedule
	$(BIN)/python -m bench.console

# Minutes each: 200 kills of workers and the master under load, with failing writes, refusals and failovers of the database
# among them, and ends in good order, which count what was lost; random expressions and changed bundles, 100,000 and
# 20,000 of them; hours of the emulator, replayed; all that a legal PBX may do, in every order, for more steps than the
# tests go; a million bad requests; a million events with an eye on the memory; a week of callers in simulated time;
# 20,000 kept calls beside a thousand, which may slow nothing down; requests made of the description of the API, 300 of
# each path; random edits in an editor, half an hour; VS Code's extension, where npm is; coverage-guided fuzzing, an hour
# (IVR_FUZZ_SECONDS); every trouble of docs/operations.md, half an hour; and the Debian package in a clean root, as root.
soak: $(VENV)/soaked
	$(BIN)/python -m tests.crash --kills 200
	$(BIN)/python -m tests.crash --kills 200 --postgresql
	$(BIN)/python -m tests.crash --kills 20 --graceful
	$(BIN)/python -m tests.crash --kills 25 --graceful --postgresql
	$(BIN)/python -m pytest -n auto tests/properties --expressions 100000 --mutations 20000
	$(BIN)/python -m pytest tests/history/test_replayed_hour.py --replayed-minutes 60
	$(BIN)/python -m tests.explorer --deep --states 2000000
	$(BIN)/python -m bench.fuzz
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.week
	$(BIN)/python -m bench.history --calls 20000 --postgresql --check
	$(BIN)/python -m bench.limits --seconds 600 --processes 4 --trip-ms 10
	IVR_SOAK_SECONDS=60 $(BIN)/python -m pytest tests/acceptance/test_publishing.py
	$(BIN)/python -m pytest tests/acceptance/test_described.py --api-examples 300
	$(BIN)/python -m tests.lsp.random_edits --seconds 1800
	if command -v npm >/dev/null; then cd editors/vscode && npm ci --no-audit --no-fund && npm run package; fi
	$(BIN)/python -m tests.fuzz --seconds $(IVR_FUZZ_SECONDS)
	$(BIN)/python -m tests.troubles
	$(MAKE) --no-print-directory deb
	$(BIN)/python -m tests.deploy.clean_root

# Facts of the code are changed one at a time, and near tests have to fail: `make mutate PACKAGES=engine SAMPLE=300`.
# All packages whole take many hours; a run that was stopped goes on. The report is .mutation/report.md.
PACKAGES ?=
SAMPLE ?= 0
SEED ?= 1
JOBS ?= 1
mutate: $(VENV)/soaked
	$(BIN)/python -m tests.mutation $(PACKAGES) --sample $(SAMPLE) --seed $(SEED) --jobs $(JOBS)

# The pages that are generated; tests hold them to the code. And the client's stubs, for editors and mypy; the pictures
# and figures of flows/library.
docs: $(VENV)/installed
	$(BIN)/python docs/generate.py
	$(BIN)/python -m tests.library
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .run .mutation

# What is installed is locked with hashes: requirements.lock is production, requirements-dev.lock the tests and their tools,
# requirements-soak.lock these and what `make bench` and `make soak` need. After a change of pyproject.toml make them anew;
# UPGRADE=--upgrade takes newer versions. The indexes are those of this machine's uv; none is written down.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock'
UPGRADE ?=
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
lock: $(VENV)/made
	test -x $(BIN)/uv || $(INSTALL) uv
	$(LOCK) $(UPGRADE) --all-extras --output-file requirements-soak.lock
	$(LOCK) --constraints requirements-soak.lock --no-annotate --extra dev --output-file requirements-dev.lock
	$(LOCK) --constraints requirements-soak.lock --output-file requirements.lock

# The wheel, and beside it the bill of its materials (CycloneDX): what requirements.lock has, with its hashes.
wheel: docs
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(MAKE) --no-print-directory sbom

# A package for the Debian that this runs on, with its own Python; tests/deploy/clean_root.py installs it in a clean one.
deb: wheel
	deploy/debian/build

sbom: $(VENV)/installed
	@mkdir -p dist
	$(BIN)/python -m docs.sbom dist/ivr-router.cdx.json

# Debian ships venv apart from python3; it is installed only where that is missing and allowed.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "python3-venv is missing: installing it"; \
		apt-get update -qq && apt-get install -y -qq python3-venv; \
	} || { echo "Please install python3-venv (Debian: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/served: $(VENV)/made requirements.lock pyproject.toml
	@echo "Installing what the router needs into $(VENV), once: about a minute"
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/installed: $(VENV)/made requirements-dev.lock pyproject.toml
	@echo "Installing what the router and its tests need into $(VENV), once: some minutes"
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/served

$(VENV)/soaked: $(VENV)/installed requirements-soak.lock
	$(INSTALL) --require-hashes --requirement requirements-soak.lock
	@touch $@
