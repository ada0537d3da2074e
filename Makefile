SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory

# Tools are built at these versions into .tmp/bin; none stands in go.mod.
TOOLS := $(CURDIR)/.tmp/bin
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

FUZZTIME ?= 30s
BENCH ?= .
ARGS ?=

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: all
all: lint test ## Lint and test

.PHONY: test
test: ## Run the tests; what the machine lacks is skipped and said
	go test ./...

.PHONY: test-race
test-race: ## Run the tests with the race detector, in random order
	go test -race -shuffle=on ./...

.PHONY: ci
ci: ## Run the gate as it runs for every change
	bash .ci/run

.PHONY: lint
lint: $(TOOLS)/staticcheck $(TOOLS)/golangci-lint ## Check format, go.mod and code
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	go mod tidy -diff
	go vet ./...
	$(TOOLS)/staticcheck ./...
	$(TOOLS)/golangci-lint run ./...

.PHONY: bench
bench: ## Run the benchmarks that BENCH matches (all by default)
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

.PHONY: measure
measure: ## Print the server's size, start, memory and first page
	@go test -run '^$$' -bench '^BenchmarkProgram$$' -benchtime 1x ./examples/server | grep -E '^(Benchmark.*/|FAIL|---)'

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s)
	@{ grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . || true; } | sort | while IFS=: read -r file func; do \
		echo "=== $$(dirname "$$file") $${func#func }"; \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")"; \
	done

.PHONY: cover
cover: ## Write coverage.html
	@mkdir -p .tmp
	go test -coverpkg=./... -coverprofile=.tmp/cover.out ./...
	go tool cover -html=.tmp/cover.out -o coverage.html
	go tool cover -func=.tmp/cover.out | tail -n 1

.PHONY: run
run: ## Start the reference server with its demo; ARGS are its flags
	go run ./examples/server $(ARGS)

.PHONY: clean
clean: ## Remove what was made here
	rm -rf .tmp coverage.html

$(TOOLS)/staticcheck: Makefile
	GOBIN=$(TOOLS) go install $(STATICCHECK)

$(TOOLS)/golangci-lint: Makefile
	GOBIN=$(TOOLS) go install $(GOLANGCI)
