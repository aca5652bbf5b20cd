# The daily life of the project. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OPENAPI_DOCUMENT := openapi/compat-calls-streams.yaml
MESSAGE_DOCUMENT := openapi/media-streams.asyncapi.yaml
CONTROL_DOCUMENT := openapi/mock-control.yaml
GENERATED := generated/signalwire_streams_api generated/signalwire_streams_derived
NODE_TOOLS := tests/tools
PYRIGHT := $(NODE_TOOLS)/node_modules/.bin/pyright
PEERS := tests/peers
LOWEST := tests/versions/lowest.lock
TWO_AT_ONCE = $(MAKE) --no-print-directory --jobs=2 --output-sync=target
MUTANTS := reports/mutants
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
UV_INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml

# Images of containers set it, and each of hundreds of processes would compile the same sources.
unexport PYTHONDONTWRITEBYTECODE
# uv is to trust whom pip trusts.
export UV_SYSTEM_CERTS := true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@echo 'make TARGET, of which there are these; each sets up what it needs. PYTHON=python3.13 chooses the Python of $(VENV).'
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-17s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ See it run

.PHONY: demo
demo: $(VENV)/installed ## the whole loop on a mock of the service, each step shown and checked
	@$(BIN)/python tests/demo.py

.PHONY: docs
docs: $(VENV)/installed-dev ## build the documentation into site/, to be read from the disk
	$(BIN)/sphinx-build --fresh-env --fail-on-warning --keep-going --quiet docs site
	@echo "The first page is site/index.html"

.PHONY: picture
picture: $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed ## take the README's picture of the mock's page, from a mock that runs streams
	@PYTHONPATH=tests $(BIN)/python -m picture

##@ Check a change

.PHONY: test
test: ## everything that CI runs
	@$(TWO_AT_ONCE) $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed
	@$(TWO_AT_ONCE) types lint check-generated
	@$(MAKE) --no-print-directory tests

.PHONY: tests
tests: $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed ## the tests alone; ARGS="-k name" selects
	$(BIN)/pytest -n 4 --dist loadfile $(ARGS)

.PHONY: contract
contract: $(VENV)/installed-dev ## the contract tests alone; EXAMPLES=1000 for more of them
	$(BIN)/pytest tests/contract -rA --show-capture=stdout $(if $(EXAMPLES),--examples $(EXAMPLES))

.PHONY: contract-live
contract-live: $(VENV)/installed-dev ## ask the real service, if an account and CALL_SID are in the environment
	$(BIN)/pytest tests/live -s

.PHONY: mutants
mutants: $(VENV)/installed-dev ## plant faults in copies of the sources, each of which a test must find; ARGS="secret" selects
	PYTHONPATH=tests $(BIN)/python -m mutants.run $(ARGS)

.PHONY: mutants-pure
mutants-pure: $(VENV)/installed-dev ## mutate the pure modules with mutmut, and list what survived
	rm -rf $(MUTANTS)
	mkdir -p $(MUTANTS)/src $(MUTANTS)/tests
	cp -R overrides/signalwire_streams $(GENERATED) $(MUTANTS)/src
	cp -R openapi pyproject.toml $(MUTANTS)
	cp -R $(addprefix tests/,unit callbacks media client support conftest.py) $(MUTANTS)/tests
	cd $(MUTANTS) && $(CURDIR)/$(BIN)/mutmut run --max-children 2 && $(CURDIR)/$(BIN)/mutmut results

.PHONY: lint
lint: lint-document ## the linters, over the documents and the code
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --no-cache --check

.PHONY: lint-document
lint-document: $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed
	$(BIN)/openapi-spec-validator --subschema-errors all $(OPENAPI_DOCUMENT) $(CONTROL_DOCUMENT)
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(NODE_TOOLS)/node_modules/.bin/redocly lint --config openapi/redocly.yaml $(OPENAPI_DOCUMENT) $(MESSAGE_DOCUMENT) $(CONTROL_DOCUMENT)

.PHONY: format
format: $(VENV)/installed-dev ## put the code in the form that lint asks for
	$(BIN)/ruff check --no-cache --fix
	$(BIN)/ruff format --no-cache

.PHONY: types
types: types-mypy types-pyright ## the strict type checks, by mypy and pyright, of the code and of what users see of it

.PHONY: types-mypy
types-mypy: $(VENV)/installed-dev
	$(BIN)/mypy

.PHONY: types-pyright
types-pyright: $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed
	$(PYRIGHT)
	@for package in signalwire_streams pytest_signalwire_streams; do \
		report=$$(PATH="$(abspath $(BIN)):$$PATH" $(PYRIGHT) --verifytypes $$package --ignoreexternal) && \
		echo "$$report" | grep score || { echo "$$report"; exit 1; }; \
	done

##@ The client that is generated from the document

.PHONY: generate
generate: $(VENV)/installed-dev ## make the generated client anew from the document
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python openapi/generate.py

.PHONY: check-generated
check-generated: $(VENV)/installed-dev ## check that the committed client is what the document gives, byte for byte
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python openapi/generate.py --check

.PHONY: compare-vendor
compare-vendor: $(VENV)/installed-dev ## compare our document with SignalWire's; DOCUMENT=path/to/openapi.yaml
	@$(BIN)/python openapi/compare.py $(if $(DOCUMENT),'$(DOCUMENT)')

##@ At length

.PHONY: versions
versions: $(VENV)/installed-dev ## run the tests on each Python that is here, and with the lowest versions admitted; ARGS="3.13" selects
	@PYTHONPATH=tests $(BIN)/python -m versions.run $(ARGS)

.PHONY: release-check
release-check: $(VENV)/installed-dev $(NODE_TOOLS)/node_modules/installed ## a dry run of a release: what would be uploaded is built, checked, installed and used
	@PYTHONPATH=tests:openapi $(BIN)/python -m release.run

.PHONY: stress
stress: $(VENV)/installed-dev ## the random faults, damaged messages, the concurrency tests and a soak of an hour's work, at length
	$(BIN)/pytest tests/client/test_faults.py tests/client/test_concurrency.py tests/client/test_dying_connections.py tests/mock/test_short_streams.py tests/media/test_mutations.py tests/soak -rA --show-capture=stdout --calls 10000 --schedules 1000 --messages 200000

.PHONY: bench
bench: $(VENV)/installed-dev ## measure our client beside the others, in environments of their own; seven minutes
	@PYTHONPATH=tests $(BIN)/python -m bench.run $(ARGS)

.PHONY: bench-quick
bench-quick: $(VENV)/installed-dev ## the same with fewer rounds, in a minute
	@PYTHONPATH=tests $(BIN)/python -m bench.run --quick $(ARGS)

##@ Now and then

.PHONY: audit
audit: $(VENV)/installed-dev ## look the locked versions up for known vulnerabilities, and list the licences
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock
	$(BIN)/pip-licenses --from=mixed --order=license

.PHONY: lock
lock: $(VENV)/installed-dev ## choose the newest versions anew, and write them down with their hashes
	$(LOCK) --upgrade --extra mock --extra cli --group build --output-file requirements.lock
	$(LOCK) --upgrade --all-extras --group dev --constraints requirements.lock --output-file requirements-dev.lock
	$(LOCK) --constraints requirements-dev.lock --output-file $(PEERS)/plain.lock
	$(LOCK) --extra aiohttp --constraints requirements-dev.lock --output-file $(PEERS)/aiohttp.lock
	$(LOCK) --upgrade --all-extras --resolution lowest-direct --output-file $(LOWEST)
	$(LOCK) --all-extras --group build --group test --constraints $(LOWEST) --output-file $(LOWEST)
	echo httpx aiohttp | tr ' ' '\n' | $(subst pyproject.toml,-,$(LOCK)) --constraints requirements-dev.lock --output-file $(PEERS)/by-hand.lock
	echo scipy soxr | tr ' ' '\n' | $(LOCK) - --extra audio --extra samples --constraints requirements-dev.lock --output-file $(PEERS)/resampling.lock
	echo 'pipecat-ai[websocket]' uvicorn | tr ' ' '\n' | $(LOCK) - --upgrade --extra samples --output-file $(PEERS)/pipecat.lock

.PHONY: lock-dev
lock-dev: $(VENV)/installed-dev ## write down what the group dev of pyproject.toml pins anew, and keep all other versions
	$(LOCK) --all-extras --group dev --constraints requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean: ## remove what make has made
	rm -rf $(VENV) $(NODE_TOOLS)/node_modules dist reports site .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# uv takes seconds where pip takes a minute, but does not read pip's settings, which may name the only index in reach.
$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	UV_HTTP_RETRIES=0 $(UV_INSTALL) --require-hashes -r requirements-dev.lock || $(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(NODE_TOOLS)/node_modules/installed: $(NODE_TOOLS)/package-lock.json $(NODE_TOOLS)/browser.mjs
	npm ci --silent --no-audit --no-fund --prefix $(NODE_TOOLS)
	node $(NODE_TOOLS)/browser.mjs unpack
	@touch $@
