# run, test, check, bench, gallery, record-vace, calibrate, train-mini, eval-mini, assets: each sets up what it needs in .venv first. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CORPUS ?= corpus
WORK ?= training-work

.PHONY: run test check bench assets gallery record-vace calibrate train-mini eval-mini clean

run: $(VENV)/.run
	$(BIN)/python app.py $(ARGS)

test: $(VENV)/.dev
	scripts/chromium || true
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev
	scripts/check

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

# Wants a GPU and the weights; says so in a sentence where they are missing.
record-vace: $(VENV)/.run
	$(BIN)/python scripts/record_vace.py --model $(or $(MODEL),Wan-AI/Wan2.1-VACE-1.3B-diffusers) $(ARGS)

# Renders the corpus into CORPUS where it is not there yet, and sets the judge's limits on its first half and on subjects made from seeds.
calibrate: $(VENV)/.dev
	$(BIN)/python -m benchmarks.continuity_corpus $(CORPUS)
	$(BIN)/python -m benchmarks.continuity_corpus $(CORPUS) --half made --rounds 15
	$(BIN)/python -m benchmarks.continuity_rates $(CORPUS) --half calibrate made --calibrate $(ARGS)

# Hours on a CPU; goes on after any kill from what is in WORK. One thread, since two that wait for one another are slower than one on a busy machine.
train-mini: $(VENV)/.run
	OMP_NUM_THREADS=1 $(BIN)/python -m training.whole --work $(WORK) --out assets/models/mini $(ARGS)

eval-mini: $(VENV)/.run
	OMP_NUM_THREADS=1 $(BIN)/python -m training.eval --model assets/models/mini --work $(WORK) $(ARGS)

gallery: $(VENV)/.run
	$(BIN)/python scripts/gallery.py $(ARGS)

# The bake has dependencies of its own (assets/bake/requirements.txt) and so a virtual environment of its own.
assets: .venv-bake/.installed $(VENV)/.run
	.venv-bake/bin/python -m assets.bake $(ARGS)
	$(BIN)/python -m assets.bake.anchors

clean:
	rm -rf $(VENV) .venv-bake .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Only what is imported is compiled, when it is: 40 s less than compiling all of torch first.
$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements.txt
	$(BIN)/python -c "import pymatting"  # compiles itself once (40 s), so that nobody's first matte waits for it
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt requirements-paraphrase.txt requirements-ray.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements-paraphrase.txt
	$(BIN)/python -c "import pymatting"
	touch $@ $(VENV)/.run

.venv-bake/.installed: assets/bake/requirements.txt assets/bake/blender.txt
	$(PYTHON) -m venv .venv-bake
	.venv-bake/bin/python -m pip install --quiet --requirement assets/bake/requirements.txt
	.venv-bake/bin/python -m pip install --quiet --no-deps --requirement assets/bake/blender.txt
	touch $@
