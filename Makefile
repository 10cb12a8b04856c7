# Everything that a person or a machine does with this repository. Only Go is
# needed to build and run; `make test` installs what the tests need by itself.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test tools lint vuln unit e2e fuzz bench bench-holds bench-recorder bench-vault bench-web bench-release soak clean

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4

# FUZZTIME is for each target; `make fuzz FUZZTIME=10m` searches in earnest.
FUZZTIME ?= 3s

# ARGS go to the demo: make run ARGS="--cameras 8 --keep 2m".
ARGS ?=

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## builds and starts the demo: simulated cameras, nothing to configure
	@exec bin/sjudager demo $(ARGS)

build: ## builds bin/sjudager and bin/sjuverify
	@echo "building bin/sjudager (the first time takes a minute)"
	@go build -o bin/sjudager ./cmd/sjudager
	@CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/sjuverify ./cmd/sjuverify

test: tools lint vuln fuzz unit e2e ## everything that must hold before a change goes in

tools: ## installs the commands and servers that the tests use, where they are missing
	@.ci/install-tools

lint: ## gofmt, go vet, staticcheck
	@echo "gofmt"; bad=$$(gofmt -l cmd configs holds recorder vault web); \
	  if [ -n "$$bad" ]; then echo "not formatted, run gofmt -w on:"; echo "$$bad"; exit 1; fi
	@echo "go vet"; go vet ./...
	@echo "staticcheck"; go run $(STATICCHECK) ./...

# The vulnerability data lie on a server of their own. Where that cannot be
# reached nothing is known either way, so it is said and is no failure; what
# govulncheck finds is one.
vuln: ## govulncheck, where its data can be reached
	@echo "govulncheck"; out=$$(go run $(GOVULNCHECK) ./... 2>&1) && exit 0; \
	  if grep -q 'vuln.go.dev' <<<"$$out" && ! grep -q 'Vulnerability #' <<<"$$out"; \
	  then echo "  not checked: the vulnerability data cannot be reached from here"; \
	  else echo "$$out"; exit 1; fi

# The race detector lets each program that ends wait for a second, in case another
# thread still finds a race; the tests run hundreds.
export GORACE := atexit_sleep_ms=20

# Two packages at a time, and those that run the real program against real time
# after all the others, alone: on two cores they would starve each other.
unit: ## the tests of every room
	@go test -race -p 2 -timeout 10m $$(go list ./... | grep -v -e '/cmd/sjudager$$' -e '/cmd/testcam/soak$$')

# They mostly wait for deadlines, so more of them run at once than there are cores.
e2e: ## the tests that run the real program, and the import rules
	@go test -race -p 1 -parallel 8 -timeout 10m ./cmd/sjudager ./cmd/testcam/soak

# Two targets at a time, on a core each: half of a target's time goes into its start. Where
# FUZZTIME runs out at an unlucky moment, Go reports its own deadline as a failure, without an input
# that fails: that says nothing, and the target runs again.
fuzz: ## every fuzz target for FUZZTIME (3s)
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cmd configs holds recorder vault web | \
	  sed -E 's|^(.*)/[^/]*:func (.*)$$|./\1 \2|' | xargs -L 1 -P 2 bash -c 'for try in 1 2 3; do \
	    out=$$(go test -run "^$$" -fuzz "^$$1\$$" -fuzztime $(FUZZTIME) -parallel 1 "$$0" </dev/null 2>&1) && break; \
	    if [ $$try = 3 ] || grep -q "Failing input" <<<"$$out" || ! grep -q "context deadline exceeded" <<<"$$out"; \
	    then echo "$$out"; exit 255; fi; \
	  done; echo "$$out"'

bench: ## every benchmark
	@go test -run '^$$' -bench . -benchmem ./...

bench-holds: ## holds and deletions with a million segments, the ledger with a million entries
	@go test -run '^$$' -bench 'Million|Deletions' -benchtime 2s ./holds ./holds/ledger

# A quick look: make bench-recorder N=16 SECONDS=10 K=1.
N ?= 64
SECONDS ?= 20
K ?= 2
bench-recorder: tools ## what recording N (64) cameras costs, beside MediaMTX and ffmpeg; 16 minutes
	@go run ./cmd/testcam/bench --n $(N) --seconds $(SECONDS) --k $(K)

# The warm-up is as long as footage is kept there, so that deletion is measured, too.
bench-vault: tools ## what the way into the vault costs, beside MediaMTX, its own store, and with a million segments; 10 minutes
	@go run ./cmd/testcam/bench --main --only vault,sjudager,mediamtx --warmup 32 --n $(N) --seconds $(SECONDS) --k $(K)
	@go run ./cmd/testcam/bench vault
	@go test -run '^$$' -bench . -benchtime 2x ./vault/movie

bench-web: tools ## in Chromium: the first picture and jumps of ten minutes beside a plain file, 64 timelines, the sizes of pages
	@go test -run '^$$' -bench 'Play|Live' -benchtime 5x ./web

# A quick look: make bench-release MINUTES=4. An hour needs 30 GB of disk below TMPDIR.
MINUTES ?= 60
MBIT ?= 4
bench-release: tools ## the package of four cameras, an hour and a quarter of one, beside ffmpeg's joining of the same segments
	@go test -run '^$$' -bench Release -benchtime 1x -timeout 60m ./holds/handover -args -minutes $(MINUTES) -mbit $(MBIT)

# A quick look: make soak HOURS=0.1 KILLS=10 MIXTURES=20. The two hours need about a fifth of a
# core. 200 kills take seven minutes, and as long again for ffprobe to judge every
# file.
HOURS ?= 2
KILLS ?= 200
MIXTURES ?= 200
soak: tools build ## HOURS (2) of cameras that go wrong at random, then KILLS (200) kills and a power cut at every step: all is accounted for
	@go run ./cmd/testcam/soak --hours $(HOURS)
	@go test -count=1 -run '^TestKill$$' -v ./recorder -timeout 3h -args -kills $(KILLS) -kill-cameras 8 -kill-limit 1s
	@go test -count=1 -run '^TestEverywhere$$' -v ./cmd/testcam/powercut -timeout 3h -args -mixtures $(MIXTURES)

clean: ## removes what make built here (the test tools stay in the user's cache)
	@rm -rf bin
