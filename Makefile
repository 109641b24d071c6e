# `make book` builds the book, `make test` checks it; each does all of its own set-up. `make help` lists the rest.

SHELL := /bin/sh
VENV ?= .venv
PORT ?= 8000
# PYTHON=... names the Python that makes the environment; left out, the first of these that will do.
CANDIDATES := $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11)

BIN := $(VENV)/bin
PY := $(BIN)/python
READY := $(VENV)/.ready
DATA := data
ifneq ($(MMBOOK_DATA),)
DATA := $(abspath $(MMBOOK_DATA))
export MMBOOK_DATA := $(DATA)
endif
ifneq ($(words $(DATA)),1)
$(error MMBOOK_DATA has a space in it, which make cannot handle: choose another folder)
endif

# One thread for each notebook or test worker: two run side by side, and the numbers do not depend on the machine.
RUN = PATH="$$(cd $(BIN) && pwd):$$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
	VECLIB_MAXIMUM_THREADS=1 MPLBACKEND=Agg PYDEVD_DISABLE_FILE_VALIDATION=1 JUPYTER_PREFER_ENV_PATH=1
CODE = $(wildcard mmbook tests benchmarks experiments tools _ext)

.NOTPARALLEL:
.PHONY: help setup data book serve lab test lint unit nbval record format clean clean-data doctor

help:
	@echo "make book      build the site into _build/html (STRICT=1: a warning is an error)"
	@echo "make serve     show the built site on http://localhost:$(PORT)"
	@echo "make lab       open JupyterLab with the book's sources as notebooks"
	@echo "make test      lint, unit tests, and every notebook compared with its reference (or alone: lint, unit, nbval)"
	@echo "make data      build the default data, its features and its trained model"
	@echo "make record    write the reference notebooks anew"
	@echo "make format    format the code, in the notebooks too"
	@echo "make doctor    say what is installed, what is missing and what to do about it"
	@echo "make clean     remove the built site and caches (clean-data: the built data; rm -r .venv: the environment)"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@if ! $(PY) tools/check_python.py > /dev/null 2>&1; then \
		python=$$(sh tools/find_python.sh $(CANDIDATES)) || exit 1; \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear "$(VENV)" || exit 1; \
	fi
	@echo "Installing into $(VENV): some minutes and up to 6 GB, this once"
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[book,test]"
	@touch $(READY)

# Each stamp lies in the folder that it vouches for, so a deleted folder is made again. A folder that an older version of
# the code made is made anew; one that was interrupted has no stamp yet, and is completed.
ANEW = @if [ -e $@ ]; then echo "The code behind $(@D) has changed: making it anew"; rm -rf $(@D); fi

MAKES = trimood _trimood_clip speech script cues face _face_canvas _face_parts _face_people _face_scene
WRITES = image/files video/files audio/files audio/levels
$(DATA)/trimood/.made: $(MAKES:%=mmbook/datasets/%.py) $(WRITES:%=mmbook/media/%.py) | $(READY)
	$(ANEW)
	$(BIN)/mmbook data trimood --out $(@D)
	@touch $@

PREPARE = $(patsubst %,mmbook/sentiment/%.py,prepare extract features packing)
$(DATA)/features/trimood/.made: $(DATA)/trimood/.made $(PREPARE) | $(READY)
	$(ANEW)
	$(BIN)/mmbook sentiment prepare $(DATA)/trimood/manifest.csv --out $(@D)
	@touch $@

$(DATA)/runs/trimood/.made: $(DATA)/features/trimood/.made $(wildcard mmbook/sentiment/*.py mmbook/embedding/*.py mmbook/fusion/*.py mmbook/training.py) | $(READY)
	$(ANEW)
	$(BIN)/mmbook sentiment train $(DATA)/features/trimood --out $(@D)
	@touch $@

data: $(READY) $(DATA)/runs/trimood/.made

# A strict build reads every page again, because a page from the cache repeats no warnings.
book: data
	$(RUN) $(BIN)/jupyter-book build . $(if $(STRICT),-W --keep-going --all)
	@echo "The book is built: open _build/html/index.html in a browser, or run 'make serve' and open http://localhost:$(PORT)"

_build/html/index.html:
	@$(MAKE) book

serve: $(READY) | _build/html/index.html
	@echo "http://localhost:$(PORT) (stop with Ctrl+C)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: data
	@$(PY) tools/lab_settings.py
	$(RUN) $(BIN)/jupyter lab

test: lint unit nbval

lint: $(READY)
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) tools/notebook_code.py

unit: $(READY)
	$(RUN) $(PY) -m pytest -q -n 2 --dist loadfile tests

nbval: data
	@mkdir -p _build
	@status=0; \
	$(RUN) $(PY) -m pytest -q -n 2 --dist loadfile --nbval-lax --nbval-current-env --nbval-cell-timeout=300 \
		--junitxml=_build/nbval.xml tests/notebooks || status=$$?; \
	$(PY) tools/notebook_times.py _build/nbval.xml && exit $$status

record: data
	$(RUN) $(PY) tools/record.py

format: $(READY)
	$(PY) -m ruff check --fix $(CODE)
	$(PY) -m ruff format $(CODE)
	$(PY) tools/notebook_code.py --fix

doctor: $(READY)
	@$(BIN)/mmbook doctor

clean:
	rm -rf _build build .pytest_cache .ruff_cache .hypothesis

clean-data:
	rm -rf $(DATA)/trimood $(DATA)/features/trimood $(DATA)/runs/trimood
