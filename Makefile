# The two commands of the README are `make run` and `make test`; the rest serves them.
SHELL := /bin/bash
PY := .venv/bin/python
PORT ?= 8080
DATA ?=

.PHONY: setup run test check bench endure docs

setup:
	@bash tools/setup.sh

run: setup
	@$(PY) -m xinglin.cli up --port $(PORT) $(if $(DATA),--data $(DATA))

test: setup
	@bash tools/test.sh

check: setup
	@bash tools/check.sh

bench: setup
	@$(PY) benchmarks/run.py

endure: setup
	@bash tools/endure.sh

docs: setup
	@$(PY) tools/docs.py
