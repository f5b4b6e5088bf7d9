# The front door. `make` alone says what there is; CI runs the same targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

RUN := admin/requirements.txt service/requirements.txt dev/requirements.txt
TEST := $(RUN) admin/requirements-flower.txt $(foreach extra,mysql postgres otel,admin/requirements-$(extra).txt service/requirements-$(extra).txt) tests/requirements.txt

.DEFAULT_GOAL := help
.PHONY: help run test faults soak mutations bench lint check lock clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## admin on 8000, service on 8001, the consumer; with BROKER_URL the relay too
	@exec $(BIN)/python dev/run.py

test: ## every suite, on private RabbitMQ, MariaDB and PostgreSQL; SUITES=… runs some
ifdef SUITES
test: servers $(VENV)/test.stamp
	@exec $(BIN)/python tests/run.py $(SUITES)
else
# Two halves of about the same length, so that `make -j2 test` takes half the time.
test: test-1 test-2
endif

.PHONY: test-1 test-2
test-1: servers $(VENV)/test.stamp
	@exec $(BIN)/python tests/run.py admin contract architecture mutations servers 'e2e[native]' 'e2e[embedded]' 'production[rights]' 'faults[smoke]' observability
test-2: servers $(VENV)/test.stamp
	@exec $(BIN)/python tests/run.py service api browser jobs

faults: servers $(VENV)/test.stamp ## the whole fault suite, two halves side by side; make test runs a part of it
	@$(MAKE) --no-print-directory -j2 --output-sync=target faults-1 faults-2

.PHONY: faults-1 faults-2
faults-1:
	@exec $(BIN)/python tests/run.py 'faults[rest]'
faults-2:
	@exec $(BIN)/python tests/run.py 'faults[brokers]' 'faults[rabbitmq4]'

soak: servers $(VENV)/test.stamp ## MINUTES=10 SEED=…: writes while processes are killed at random, then the proof
	@exec $(BIN)/python tests/soak/run.py $(or $(MINUTES),10) $(SEED)

mutations: servers $(VENV)/test.stamp ## breaks each mechanism in a copy and wants its test red; ONLY=word does some
	@exec $(BIN)/python tests/mutations/run.py $(ONLY)

bench: $(VENV)/test.stamp $(VENV)-bench/bench.stamp ## Lockstep beside a tutorial, django-cqrs, Celery and the raw limits; about ten minutes
	@$(PYTHON) tests/servers/install.py wrk
	@exec $(BIN)/python tests/bench/run.py --python $(VENV)-bench/bin/python $(BENCH)

lint: $(VENV)/test.stamp ## ruff, mypy, import-linter, missing migrations
	@dev/lint $(BIN)

check: lint test ## lint and test

lock: ## write the locked requirements anew; UPGRADE=1 takes the newest
	@dev/lock $(if $(UPGRADE),--upgrade)

clean: ## remove what make made: .venv, var and caches
	rm -rf $(VENV) $(VENV)-bench var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: servers
servers:
	@$(PYTHON) tests/servers/install.py

$(VENV)/bin/python:
	@dev/venv $(PYTHON) $(VENV)

$(VENV)/run.stamp: $(RUN) | $(VENV)/bin/python
	@echo "installing (once, about half a minute)"
	@$(INSTALL) $(addprefix -r ,$(RUN))
	@touch $@

$(VENV)/test.stamp: $(TEST) | $(VENV)/bin/python servers
	@echo "installing what the tests need (once, about a minute)"
	@$(INSTALL) $(addprefix -r ,$(TEST))
	@touch $@ $(VENV)/run.stamp

# What Lockstep is measured beside has requirements of its own.
$(VENV)-bench/bench.stamp: tests/bench/requirements.txt | servers
	@dev/venv $(PYTHON) $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
