# Two commands matter: `make demo` and `make test`. Both set up what they need once.

PYTHON ?= python3
# Where a CPU build of torch is found, if the default index only has the CUDA one, e.g.
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/life-archive
PIP := .venv/bin/python -m pip
PIP_INSTALL := $(PIP) install --quiet --constraint constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
ARCHIVE := .venv/bin/archive

.PHONY: demo test setup lint types imports unit wheel-test screenshots reference man docs clean

demo: .venv/.ready
	@$(ARCHIVE) models pull --defaults
	@ARCHIVE_HOME=$(CURDIR)/.demo ARCHIVE="$(ARCHIVE)" sh examples/demo.sh

test: .venv/.ready-dev
	@$(ARCHIVE) models pull all-minilm-l6-v2 en-core-web-sm smollm2-135m-instruct
	@$(MAKE) --no-print-directory lint types imports wheel-test unit

setup: .venv/.ready

lint: .venv/.ready-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.ready-dev
	.venv/bin/mypy

imports: .venv/.ready-dev
	.venv/bin/lint-imports

unit: .venv/.ready-dev
	.venv/bin/python -m pytest

# --- set-up -----------------------------------------------------------------------------

.venv/.ready: pyproject.toml constraints.txt .ci/preflight .ci/llama-wheel
	@sh .ci/preflight "$(PYTHON)"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "Installing (1/3): torch"
	@$(PIP_INSTALL) torch
	@echo "Installing (2/3): llama.cpp, compiled for this machine the first time (5 to 8 minutes)"
	@sh .ci/llama-wheel .venv/bin/python "$(CACHE)/wheels"
	@echo "Installing (3/3): everything else"
	@$(PIP_INSTALL) --find-links "$(CACHE)/wheels" --editable .
	@sh .ci/drop-broken-torchvision .venv/bin/python
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "Installing the tools for tests"
	@$(PIP_INSTALL) --find-links "$(CACHE)/wheels" --editable '.[dev]'
	@sh .ci/drop-broken-torchvision .venv/bin/python
	@touch $@

# The wheel, in an environment that has nothing but it, from another folder.
wheel-test: .venv/.ready-dev
	@TORCH_INDEX="$(TORCH_INDEX)" sh .ci/wheel-test "$(CACHE)/wheels"

screenshots: .venv/.ready-dev
	.venv/bin/python docs/screenshots.py

# The pages under docs/reference that are made from the program itself.
reference: .venv/.ready
	.venv/bin/python -m docs.make_reference

man: .venv/.ready
	.venv/bin/python -m docs.make_man build/man

# The site, in build/site; it opens from the file system. MkDocs wants its settings outside docs/.
# mkdocs-material is kept up until May 2027; its notice about that is turned off.
# It needs nothing of the program, and has an environment of its own.
docs: reference .docs-env/.ready
	@mkdir -p build && cp docs/mkdocs.yml build/mkdocs.yml
	NO_MKDOCS_2_WARNING=1 .docs-env/bin/mkdocs build --strict --quiet --config-file build/mkdocs.yml
	@echo "Open build/site/index.html"

.docs-env/.ready: constraints.txt
	@test -x .docs-env/bin/python || $(PYTHON) -m venv .docs-env
	@.docs-env/bin/python -m pip install --quiet --constraint constraints.txt mkdocs-material
	@touch $@

clean:
	rm -rf .venv .wheel-env .docs-env .demo dist build
