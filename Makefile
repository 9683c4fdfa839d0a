# For people who work on the code; ./linli needs none of this.
PYTHON = .venv/bin/python
UV = uv

.PHONY: check docs fmt lock

check:  ## everything a change must pass
	./linli test

fmt:  ## put the code in order
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	.venv/bin/djangofmt src/linli

docs:  ## draw the tables of the code into the pages
	$(PYTHON) -m docs.draw

lock:  ## pin the newest versions that pyproject.toml allows
	$(UV) pip compile --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url pyproject.toml --output-file requirements.lock
	$(UV) pip compile --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --constraint requirements.lock --group dev pyproject.toml --output-file requirements-dev.lock
	$(UV) pip compile --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --group node --output-file requirements-node.lock
