# make demo   set everything up and run the main job against the simulator in the box
# make test   everything that has to be green: tests, ruff, mypy --strict, layers
# make bench  one table for each benchmark
# make native the compiled kernel of the audio plane, an extra (docs/media.md): needs a C compiler
# make check  the fast half of make test: ruff and mypy
# make proto  the Python modules of proto/transcription.proto, for the gateway and for the simulator

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test bench check proto native clean

# compat: a folder in the path, instead of a finder whose loading costs every start 20 ms.
# Compiled here, because whoever runs a checkout may not be allowed to write into it: a start would compile all of it.
$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[$(EXTRAS)]'
	$(BIN)/python -m compileall -q -x '/(\.venv|build|tests)/' .
	touch $(READY)

demo: $(READY)
	$(BIN)/python -m control.demo

test: $(READY) check
	$(BIN)/python -m pytest -n auto

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The simulator shares no module with the gateway, hence two copies. Both keep the name of the file, so that one process
# may hold both: protobuf takes the same file twice, and the same messages from two files never.
proto: $(READY)
	for package in media.transcription simulator; do \
	  into=$$(echo $$package | tr . /); \
	  $(BIN)/python -m grpc_tools.protoc --proto_path=proto --python_out=$$into --pyi_out=$$into \
	    --grpc_python_out=$$into transcription.proto && \
	  sed -i "s/^import transcription_pb2 as/from $$package import transcription_pb2 as/" \
	    $$into/transcription_pb2_grpc.py || exit 1; \
	done

native: $(READY)
	$(BIN)/python -m media.native.build

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -f media/native/*.so
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
