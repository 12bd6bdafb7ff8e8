# The front door; CI calls the same recipes (.ci/run).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := .venv/bin/python
E2E := $(PYTHON) tests/e2e/run.py
# Where gungraun's runner goes: beside what cargo builds.
RUNNER := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/runner

# What cargo-deb packs, from what is built already.
DEBS := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debian
CARGO_DEB := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/tools/bin/cargo-deb --package signalbox --no-build

.PHONY: help build demo demo-stop test check unit e2e accept-main accept-routing accept-smpp accept-sip accept-text accept-money accept-durability nemesis mutants sim load-demo bench bench-main bench-peers bench-scale bench-parts bench-routing bench-sip bench-text fuzz night clean setup-bench setup-build setup-test setup-unit package release accept-deploy accept-observe accept-control

help: ## list the targets
	@echo 'Signalbox: an SMS and SIP router.  make demo shows it, make test proves it.'
	grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

build: setup-build ## build every program (optimised quickly: profile quick)
	@cargo build --profile quick --workspace --bins
	echo 'make build: the programs are in target/quick'

demo: build ## 1000 SMS from TATA to apps in three environments, delivered, charged: 10.00 USD
	@python3 tests/demo/demo.py

demo-stop: ## end what KEEP=1 make demo left running
	@python3 tests/demo/demo.py --stop

test: check unit e2e ## everything: formatting, clippy, tidy, unit, property, simulation, end to end
	@echo 'make test: all passed'

check: setup-build ## formatting, clippy (warnings are errors), tidy, and that each planted bug still fits
	@cargo fmt --all -- --check
	for patch in tests/mutants/*.patch; do git apply --check $$patch; done
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --package tests --test tidy
	if cargo deny --version >/dev/null 2>&1; then cargo deny check licenses bans sources; fi
	echo 'make check: all passed'

unit: setup-unit ## unit, property and simulation tests
	@if cargo nextest --version >/dev/null 2>&1; then
		cargo nextest run --workspace --no-fail-fast
		cargo test --workspace --doc
		tests/postgres.sh with cargo nextest run --package signalbox-control --lib --no-fail-fast
	else
		cargo test --workspace --no-fail-fast
		tests/postgres.sh with cargo test --package signalbox-control --lib
	fi
	echo 'make unit: all passed'

e2e: setup-test build ## end to end: the real programs, third-party peers, all three bodies, bad input
	@$(E2E) --group smoke --group bad-input
	echo 'make e2e: all passed'

accept-main: setup-test build ## the acceptance scenarios of the main job, with third-party peers
	@$(E2E) --group accept
	echo 'make accept-main: all passed'

accept-routing: setup-test build ## routing: scenarios 2.1 and 3.1, adoption under load, faults of control, ten million questions
	@$(E2E) --group routing 2.1/baresip 2.1/linphone 3.1a 3.1b 3.1c 3.1h
	SIGNALBOX_QUESTIONS=10000000 cargo test --release --package routing table::
	echo 'make accept-routing: all passed'

accept-smpp: setup-test build ## SMPP against third-party peers: ESMEs, SMSCs, Kannel, TLS, each row of the table
	@$(E2E) --group smpp
	echo 'make accept-smpp: all passed'

accept-sip: setup-test build ## SIP over UDP, TCP, TLS, WS and WSS with linphone, baresip, browsers, sipsak; torture; faults E
	cargo test --package sip
	cargo test --package tests --test torture
	cargo test --package tests --test shard -- sip:: apps_faults:: flows::
	@$(E2E) --group sip
	echo 'make accept-sip: all passed'

accept-text: setup-test build ## every text by every carrier to every app and back, and our tables beside those of others
	@$(E2E) --group text smpp/dialects smpp/smsc-with-hex-ids
	cargo run --quiet --package text --example vectors | $(PYTHON) tests/e2e/vectors.py
	cargo test --package text
	cargo test --package smpp receipt
	cargo test --package tests --test texts_page
	cargo test --package tests --test shard -- segments:: texts:: bodies:: asides:: notifications:: \
		handsets:: d25_ d26_ d28_
	echo 'make accept-text: all passed'

accept-money: setup-test build ## what is counted, charged, held, spent and due: scenarios 4.1 to 4.1o, faults G
	@$(E2E) --group money 4.1/smpplib 4.1/npm-smpp 4.1/kill-env1
	cargo test --package signalbox-control settle
	for room in account sheets folio verify reconcile whatif; do
		cargo test --package signalbox-control --lib "$$room"
	done
	cargo test --package routing tariff
	cargo test --package shard credit
	cargo test --package tests --test shard -- credit:: routes::g09
	cargo test --package tests-money
	echo 'make accept-money: all passed'

# Faults of control and of what it publishes (promises.md C); C3 is unit tests, C8 in the group nemesis.
FAULTS_C = C1/no-control C2/old-store C4/harmful C5/half-published C6/storm C6/misrouting C7/asleep

accept-durability: setup-test build ## kill -9 at 200 seeded instants (KILLS=n), a million SMS under kills, 20 power cuts, and all that disks and machines do
	@SIGNALBOX_KILLS=$(or $(KILLS),200) $(E2E) --group durability --group nemesis $(FAULTS_C)
	cargo test --package routing --package signalbox-dataplane --lib c03_
	cargo run --profile quick --package tests --example sim -- $(or $(SEEDS),1000)
	echo 'make accept-durability: all passed'

accept-control: setup-test build ## control: both stores, an operator's day as transcripts, API, pages, quickstart, faults C, H5 and H10
	@cargo test --package signalbox-control --package signalbox
	tests/postgres.sh with cargo test --package signalbox-control --lib
	$(E2E) --group control C1/no-control C2/old-store C4/harmful C5/half-published
	cargo test --package tests --test shard routes::c1
	echo 'make accept-control: all passed'

nemesis: setup-test build ## faults of disks, machines and networks under the real programs (SIGNALBOX_SEED=n)
	@$(E2E) --group nemesis
	echo 'make nemesis: all passed'

mutants: setup-unit ## plants each bug of tests/mutants in a copy of the tree: the test it names must see it
	@$(PYTHON) tests/mutants/run.py $(NAMES)
	echo 'make mutants: every planted bug was seen'

sim: setup-build ## random days of simulated nodes (SEEDS=n), and how many a second
	@cargo run --profile quick --package tests --example sim -- $(or $(SEEDS),1000)
	echo 'make sim: no law was broken'

package: release ## the Debian package of what runs on an operator's host, in target/debian
	@tools/setup/deploy.sh package
	tools/package/papers.sh $(dir $(DEBS))release
	$(CARGO_DEB) --output $(DEBS)/
	echo "make package: $$(ls -t $(DEBS)/*.deb | head -1)"

accept-deploy: setup-test build ## three bare Debian hosts, Ansible, 3.1b and 4.1 through them, upgrades under load, a host rebuilt
	@tools/setup/apt.sh deploy
	tools/setup/deploy.sh
	tools/setup/guest.sh
	rm -f $(DEBS)/accept/*.deb
	tools/package/papers.sh $(dir $(DEBS))quick
	for version in 0.1.0-1 0.1.0-2; do
		$(CARGO_DEB) --profile quick --deb-version $$version --output $(DEBS)/accept/ >/dev/null
	done
	(cd ansible && PATH=$(CURDIR)/.ansible/bin:$$PATH ansible-lint --profile production --offline)
	$(PYTHON) tests/deploy/run.py $(DEBS)/accept/signalbox_0.1.0-1_*.deb $(DEBS)/accept/signalbox_0.1.0-2_*.deb
	echo 'make accept-deploy: all passed'

accept-observe: setup-test build ## metrics, health, alarms and dashboards, with promtool as judge
	@tools/setup/apt.sh observe
	$(E2E) --group observe
	echo 'make accept-observe: all passed'

load-demo: build ## one minute under load, with a page to look at
	@bench/load-demo
	echo 'make load-demo: done'

bench: bench-routing bench-sip bench-text bench-main ## every figure beside its promise

release: setup-build ## every program as it is shipped: optimised, the dataplane by what a load told of it
	@cargo build --release --workspace --bins
	tools/package/tuned.sh
	echo 'make release: the programs are in target/release'

bench-main: release ## all paths: SMS a second, CPU for one (RUNS=n)
	@bench/run --runs $(or $(RUNS),5)
	echo 'make bench-main: the figures are above'

bench-peers: setup-bench release ## all paths beside Kamailio and Kannel, in turns (RUNS=n, INTO=file)
	@tools/setup/apt.sh test
	bench/peers --runs $(or $(RUNS),5) $(if $(INTO),--into $(INTO))
	echo 'make bench-peers: the table is above'

fuzz: setup-build ## coverage-guided fuzzing, ten minutes for each target (SECONDS_EACH=n)
	@tests/fuzz/run.sh $(or $(SECONDS_EACH),600)
	echo 'make fuzz: all passed'

night: setup-build ## what takes a night: an hour of fuzzing for each target, 172,000 crowded days of simulated nodes: 100 million SMS
	@tests/fuzz/run.sh 3600
	cargo run --release --package tests --example sim -- 172000 1000000
	echo 'make night: all passed'

bench-parts: release ## where the time of each path goes: kernel, codecs, shard, journal, mesh (perf)
	@tools/setup/apt.sh perf
	bench/parts --top $(or $(TOP),0)
	echo 'make bench-parts: the table is above'

bench-scale: release ## what one SMS costs from 1 to 4 shards, 10,000 binds, 100,000 registered phones
	@bench/scale
	echo 'make bench-scale: the tables are above'

bench-routing: setup-bench ## routing tables beside their budget and three rivals; instructions
	@GUNGRAUN_RUNNER=$(RUNNER)/bin/gungraun-runner \
		cargo bench --package bench --bench routing
	echo 'make bench-routing: instructions are within their limits'
	GUNGRAUN_RUNNER=$(RUNNER)/bin/gungraun-runner cargo bench --package bench --bench money
	cargo run --release --package bench --bin bench-routing

bench-sip: setup-bench ## reading a SIP message with credentials, beside its promise; instructions; allocations
	@GUNGRAUN_RUNNER=$(RUNNER)/bin/gungraun-runner \
		cargo bench --package bench --bench sip
	echo 'make bench-sip: instructions are within their limits'
	cargo run --release --package bench --bin bench-mind check
	cargo run --release --package bench --bin bench-mind parse

bench-text: setup-bench ## alphabets: one text into octets and back, beside the budget; instructions
	@GUNGRAUN_RUNNER=$(RUNNER)/bin/gungraun-runner \
		cargo bench --package bench --bench text
	echo 'make bench-text: instructions are within their limits'
	cargo run --release --package bench --bin bench-text

clean: ## remove what was built and installed here
	@rm -rf .venv .peers
	cargo clean
	echo 'make clean: nothing built is left'

setup-build:
	@tools/setup/apt.sh build

setup-bench:
	@tools/setup/apt.sh bench
	# The runner must be of the same version as the crate.
	version=$$(cargo metadata --format-version 1 --locked \
		| python3 -c 'import json, sys; print(next(p["version"] for p in json.load(sys.stdin)["packages"] if p["name"] == "gungraun"))')
	cargo install --quiet --root $(RUNNER) gungraun-runner --version "$$version"

setup-unit: setup-build
	@tools/setup/apt.sh unit

setup-test: setup-unit
	@tools/setup/apt.sh test
	tools/setup/python.sh
	tools/setup/node.sh
