# The commands of this repository; `make` alone lists them.

SWIFT ?= swift
PREFIX ?= /usr/local
# For the bench targets: only these rows (separated by commas), and how many rounds.
ROWS ?=
ROUNDS ?= 7
PORT ?= 8080

BENCH := .build/bench
COMPARE = python3 Benchmarks/compare.py --rows "$(ROWS)" --rounds $(ROUNDS) --out $(BENCH)
SWIFT_FOLDERS := $(wildcard Sources Tests Benchmarks Examples Package.swift)

DOCUMENTED := Scheduling Channels Coordination Resilience Caching Workers Pipelines Messaging Diagnostics Observability Testing

.DEFAULT_GOAL := help
.PHONY: help setup setup-bench setup-bench-lua setup-bench-resilience setup-bench-estoque setup-bench-instructions demo demo-estoque test docs \
  sanitize bench bench-flow bench-resilience bench-estoque bench-instructions library-rows bench-lua test-bench format lint install \
  clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Install missing system packages (Debian, Ubuntu), nothing else
	@Scripts/setup.sh

setup-bench:
	@Scripts/setup.sh bench

setup-bench-lua:
	@Scripts/setup.sh bench-lua

setup-bench-resilience:
	@Scripts/setup.sh bench-resilience

setup-bench-estoque:
	@Scripts/setup.sh bench-estoque

setup-bench-instructions:
	@Scripts/setup.sh bench-instructions

demo-estoque: setup ## Run the stock service with an invented company (PORT=n)
	$(SWIFT) build -c release --product estoque
	.build/release/estoque demo --port $(PORT)

demo: setup ## Build the command and audit this repository with a script
	$(SWIFT) build -c release --product revoada
	.build/release/revoada run Examples/scripts/audit.lua

# All tests would start at once, hundreds of databases and services among them, and starve each other.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8
test: setup ## Run all tests; REVOADA_ACCEPTANCE=folder adds that folder of scripts
	$(SWIFT) test
	Scripts/test-service.sh

sanitize: setup ## Run the core tests under the thread sanitizer
	REVOADA_CORE_ONLY=1 REVOADA_SANITIZE=1 $(SWIFT) test --no-parallel --sanitize=thread --scratch-path .build-tsan

# Warnings, such as links to nothing, are errors.
docs: setup ## Build the library's documentation (.build-docs/plugins/Swift-DocC/outputs)
	REVOADA_CORE_ONLY=1 REVOADA_DOCS=1 $(SWIFT) package --scratch-path .build-docs generate-documentation \
	  $(addprefix --target Revoada,$(DOCUMENTED)) --warnings-as-errors

bench: library-rows ## Compare the library with Go and stock Swift (ROWS="a,b" ROUNDS=n)
	$(COMPARE) core

bench-flow: library-rows ## Compare pipelines, pools and caches with them (ROWS="a,b" ROUNDS=n)
	$(COMPARE) flow

bench-resilience: setup-bench-resilience library-rows ## Compare limiters, breakers, locks and messages (ROWS="a,b" ROUNDS=n)
	Scripts/build-go-resilience-rows.sh $(CURDIR)/$(BENCH)
	$(COMPARE) resilience

bench-instructions: setup-bench-instructions library-rows ## Count the instructions that being watched adds (ROWS="a,b")
	python3 Benchmarks/instructions.py $(BENCH)/swift/release/CoreRows $(if $(ROWS),--rows "$(ROWS)")

# The library alone: its benchmarks need none of the scripting storey's dependencies.
library-rows: setup-bench
	Scripts/fetch-go.sh $(BENCH)/go
	cd Benchmarks/Peers/go-core && $(CURDIR)/$(BENCH)/go/go/bin/go build -o $(CURDIR)/$(BENCH)/go-core .
	# SwiftPM sees only the umbrella module, which never changes, and would link rows that have the
	# library's old code inlined.
	rm -rf $(foreach rows,Core Flow Resilience,$(BENCH)/swift/*/release/$(rows)Rows.build)
	REVOADA_CORE_ONLY=1 $(SWIFT) build --package-path Benchmarks --scratch-path $(BENCH)/swift -c release

bench-lua: setup-bench-lua ## Compare scripts with gopher-lua (ROWS="a,b" ROUNDS=n)
	Scripts/fetch-go.sh $(BENCH)/go
	Scripts/build-gopher-lua-rows.sh $(CURDIR)/$(BENCH)
	$(SWIFT) build -c release --product revoada
	$(COMPARE) lua

# The same documents for both sides: real ones, or else generated ones.
NFE_FILES ?= $(or $(wildcard ../shared/data/nfe/samples),$(BENCH)/nfe)
# Movements to be exported: ten million take about 3 GB of disk for the time of the run.
MOVEMENTS ?= 10000000

bench-estoque: setup-bench-estoque ## Measure Estoque: invoices, imports, the server, exports (ROUNDS=n MOVEMENTS=n)
	Scripts/fetch-go.sh $(BENCH)/go
	cd Benchmarks/Peers/go-estoque && $(CURDIR)/$(BENCH)/go/go/bin/go build -o $(CURDIR)/$(BENCH)/go-estoque .
	Scripts/build-go-estoque-http.sh $(CURDIR)/$(BENCH)
	$(SWIFT) build -c release --product estoque
	rm -rf $(foreach rows,Estoque Report,$(BENCH)/estoque/*/release/$(rows)Rows.build)
	$(SWIFT) build --package-path Benchmarks --scratch-path $(BENCH)/estoque -c release --product EstoqueRows
	$(SWIFT) build --package-path Benchmarks --scratch-path $(BENCH)/estoque -c release --product ReportRows
	[ -d "$(NFE_FILES)" ] || NFE_FILES="$(NFE_FILES)" $(BENCH)/estoque/release/EstoqueRows write 200
	MOVEMENTS=$(MOVEMENTS) NFE_FILES="$(NFE_FILES)" ROUNDS=$(ROUNDS) Scripts/bench-estoque.sh $(BENCH)

test-bench: ## Test the command that compares
	python3 -m unittest discover -s Benchmarks

format: ## Format the Swift sources in place
	$(SWIFT) format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_FOLDERS)

lint: ## Check format and documentation of the Swift sources
	$(SWIFT) format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FOLDERS)

install: setup ## Build the commands and install them under PREFIX (default /usr/local)
	$(SWIFT) build -c release --product revoada $(BUILD_FLAGS)
	$(SWIFT) build -c release --product estoque $(BUILD_FLAGS)
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/estoque"
	install -m 755 .build/release/revoada .build/release/estoque "$(DESTDIR)$(PREFIX)/bin"
	cp -R .build/release/revoada_EstoqueWeb.resources/Pages "$(DESTDIR)$(PREFIX)/share/estoque/pages"

clean: ## Remove everything that was built
	rm -rf .build .build-tsan .build-docs
