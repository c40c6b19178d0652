# `make app` and `make test` need nothing installed but Python 3.11 to 3.13 and make.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DATA := $(wildcard ../shared/data)
export OCR_DEMO_TEST_DATA ?= $(abspath $(DATA))
export OCR_DEMO_AXE ?= $(abspath $(VENV)/axe/node_modules/axe-core/axe.min.js)

# Where pip-audit looks; mirrors of PyPI that have its packages alone don't have this.
ADVISORIES := https://pypi.org/pypi/pip/25.0/json

.DELETE_ON_ERROR: # a browser or an install that failed must not count as done the next time
.PHONY: app train test check format fonts pictures

app: $(VENV)/installed
	$(RUN) app.py

train: $(VENV)/installed
	$(RUN) train.py --config configs/quick.yaml

test: $(VENV)/installed-dev $(VENV)/browser $(OCR_DEMO_AXE)
	$(RUN) -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

check: $(VENV)/installed-dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	@if $(RUN) -c "from urllib.request import urlopen; urlopen('$(ADVISORIES)', timeout=10)" 2> /dev/null; \
		then $(RUN) -m pip_audit --progress-spinner off; else echo "no advisories at hand: nothing was audited"; fi

format: $(VENV)/installed-dev
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

fonts: $(VENV)/installed
	$(RUN) -m ocr_demo fonts

pictures: $(VENV)/installed-dev $(VENV)/browser
	$(RUN) -m benchmarks.pictures

$(VENV)/installed: requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" \
		|| { echo "Python 3.11 to 3.13 is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing some 6 GB into $(VENV), which takes some minutes"
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(RUN) -m pip install --quiet -r requirements-dev.txt
	touch $@

# A Chromium for the tests of the page: one that is there, or Debian's.
$(VENV)/browser: | $(VENV)/installed
	for name in chromium chromium-browser google-chrome; do command -v $$name > $@ && exit; done; \
		apt-get update -q && apt-get install -y -q --no-install-recommends chromium && command -v chromium > $@

# axe-core finds what keeps people from using the page.
$(OCR_DEMO_AXE): | $(VENV)/installed
	command -v npm > /dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends npm; }
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(VENV)/axe axe-core@4.14.1
