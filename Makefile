# The commands of this project. `make help` lists them; each installs what it needs first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
NODE_TOOLS := @hey-api/openapi-ts@0.95.0 @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3 axe-core@4.14.1 \
	dynalite@4.0.0 openapi-typescript@7.13.0 typescript@5.9.3
CODE := app.py chalicelib editorial localdev operations bench
FAST := tests/unit tests/http tests/store --numprocesses auto --dist worksteal
# By file, the slowest first, because each process starts the servers and Chromium that its files need.
SLOW := tests/long tests/contract tests/local --numprocesses auto --dist loadfile --no-loadscope-reorder
STAGE ?= staging
APPLICATION := mesotherapy-evidence
CLOUDFORMATION := build/aws/bin/aws cloudformation

# Pass these to commands unchanged, in the environment: neither make nor the shell may expand a $ in them.
override STAGE := $(value STAGE)
override KIND := $(value KIND)
override NOTE := $(value NOTE)
override BUCKET := $(value BUCKET)
override SET := $(value SET)
export STAGE KIND NOTE BUCKET SET

.DEFAULT_GOAL := help
.PHONY: help setup run test check format openapi screenshots bench bench-check package lint-template \
	rehearse deploy publish requirements clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.complete ## create .venv from the requirements, unless it is up to date

$(VENV)/.complete: requirements.txt requirements-dev.txt Makefile
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@# For the store and contract tests. Without npm, tests that need these tools are skipped (in CI they fail).
	@if command -v npm >/dev/null; then \
		npm install --no-save --silent --no-audit --no-fund --fetch-retries=1 --prefix $(VENV)/node $(NODE_TOOLS) \
		|| echo "npm could not install $(NODE_TOOLS): tests that need them are skipped"; fi
	@touch $@

# Programs that pin other versions than this project does have environments of their own.
build/%/complete: operations/%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

run: setup ## serve the API on this machine, with an embedded DynamoDB
	@PYTHONDONTWRITEBYTECODE=1 $(BIN)/chalice local --port $(PORT)

test: setup ## run all tests
	$(BIN)/python -m pytest $(FAST)
	$(BIN)/python -m pytest $(SLOW)

check: setup ## run before a commit: format, lint, types, content, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m editorial check
	$(BIN)/python -m pytest $(FAST)

format: setup ## format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: setup ## generate chalicelib/web/static/openapi.json and docs.html from the routes, the model and docs/http.md
	$(BIN)/python -m operations.openapi
	$(BIN)/python -m operations.reference

screenshots: setup ## take screenshots of each kind of page into build/screenshots
	$(BIN)/python -m operations.screenshots

bench: setup ## measure the API and its alternatives, and write docs/performance.md
	$(BIN)/python -m bench

bench-check: setup ## compare ratios of instructions with the accepted ones
	$(BIN)/python -m bench --check

package: setup ## package STAGE into build/STAGE: sam.yaml and deployment.zip
	$(BIN)/python -m operations.package "$$STAGE"

lint-template: setup ## package each stage, and lint its template as SAM and as CloudFormation
	$(BIN)/python -m operations.lint

rehearse: setup build/aws/complete build/ministack/complete ## deploy, publish, read, roll back and delete, against a stand-in for AWS on this machine
	$(BIN)/python -m operations.rehearse

deploy: setup build/aws/complete ## deploy STAGE, with its code in BUCKET; SET="Name=value …" sets parameters
	@: "$${BUCKET:?name a bucket of yours: make deploy STAGE=… BUCKET=…}"
	$(BIN)/python -m operations.package "$$STAGE"
	@# The AWS CLI ignores parameters that the template does not have, so a misspelled one would be ignored.
	@set -f; for one in $$SET; do \
		sed -n '/^Parameters:/,/^Resources:/p' "build/$$STAGE/sam.yaml" | grep -qxF "  $${one%%=*}:" \
		|| { printf 'The template has no parameter %s\n' "$${one%%=*}" >&2; exit 2; }; done
	$(CLOUDFORMATION) package --template-file "build/$$STAGE/sam.yaml" --s3-bucket "$$BUCKET" --s3-prefix $(APPLICATION) \
		--output-template-file "build/$$STAGE/packaged.yaml" >/dev/null
	set -f; $(CLOUDFORMATION) deploy --template-file "build/$$STAGE/packaged.yaml" --stack-name "$(APPLICATION)-$$STAGE" \
		--s3-bucket "$$BUCKET" --s3-prefix $(APPLICATION) --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
		--no-fail-on-empty-changeset $${SET:+--parameter-overrides $$SET}
	$(CLOUDFORMATION) describe-stacks --stack-name "$(APPLICATION)-$$STAGE" \
		--query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' --output text

publish: setup ## publish the content to STAGE: KIND=evidence NOTE="…"
	$(BIN)/python -m editorial publish --stage "$$STAGE" --kind "$$KIND" --note "$$NOTE"

requirements: setup ## resolve requirements-dev.in into requirements-dev.txt
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate requirements-dev.in --output-file requirements-dev.txt

clean: ## delete everything that can be created again
	rm -rf $(VENV) build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
