# Everything a bare machine with Python 3.11 and make needs.
PYTHON ?= python3.11
BIN := .venv/bin
TORCH := 2.13.0

.PHONY: install train test check generated defects mutants

install: .venv/installed

# torch comes first and by exact version: an open range would fetch gigabytes of CUDA libraries.
.venv/installed: pyproject.toml requirements/cpu.lock
	@command -v $(PYTHON) >/dev/null || { echo "python3.11 is needed (set PYTHON=…)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==$(TORCH)
	$(BIN)/pip install --quiet --editable '.[train,dev,llm]' --constraint requirements/cpu.lock
	touch $@

train: install
	$(BIN)/rlve-dsl train scenarios/first-steps.yaml --profile cpu

# Two processes; the tests of a file stay in one of them.
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Seeded defects and sound scenarios: what the certifier says of them (some ten minutes of CPU).
defects: install
	$(BIN)/python benchmarks/certify_defects.py --jobs $$(nproc)

# The JSON Schemas that editors use, the tables of the parsers, and pages of the documentation: the reference and sampled
# replies of the shopper.
generated: install
	$(BIN)/rlve-dsl schema --write schemas
	$(BIN)/python docs/write_grammars.py
	$(BIN)/python docs/write_reference.py
	$(BIN)/python docs/write_sampled_replies.py

# Small faults put into the code, one at a time, and how many of them the tests find (some minutes of CPU a room).
mutants: install
	$(BIN)/pip install --quiet --editable '.[mutants]' --constraint requirements/cpu.lock
	$(BIN)/python -m benchmarks.mutants --jobs $$(nproc)
