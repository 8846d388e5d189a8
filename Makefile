# Every target sets up what it needs: on Debian 12 with Swift 6.3, `make scan` and `make test` are enough.

PACKAGES := libarchive-dev libbz2-dev liblz4-dev liblzma-dev libopenblas-dev libpcap-dev libsqlite3-dev libssl-dev \
  libxgboost-dev libzstd-dev zlib1g-dev \
  bzip2 cpio gzip lz4 sqlite3 xz-utils zip zstd
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWIFT_FLAGS := --explicit-target-dependency-import-check error
PREFIX ?= /usr/local
CASE ?= case.db
PROGRAM := .build/release/flowcase
COMPLETIONS := bash-completion/completions zsh/site-functions fish/vendor_completions.d

.PHONY: setup build scan test lint man check-man install clean

# The packages of Debian this program is built on; asks the package manager only where something is missing.
setup:
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; \
	fi

build: setup
	swift build -c release --product flowcase $(SWIFT_FLAGS)

# Scans the captures in fixtures/ with the shipped model and shows what came of it.
scan: build
	@$(PROGRAM) scan fixtures/captures fixtures/recordings --case $(CASE); status=$$?; [ $$status = 0 ] || [ $$status = 2 ] || exit $$status
	@echo
	@$(PROGRAM) query $(CASE) --name labels
	@echo
	@echo "Every flow:      $(PROGRAM) export $(CASE) flows --format csv > flows.csv"
	@echo "Ready questions: $(PROGRAM) query $(CASE)"
	@echo "On one page:     $(PROGRAM) report $(CASE) -o report.html"
	@echo "Ask in SQL:      $(PROGRAM) query $(CASE) 'SELECT flow_start, orig_ip, resp_ip, label, confidence FROM flows'"
	@echo "Any SQLite tool: sqlite3 $(CASE) 'SELECT * FROM label_summary'"
	@echo "Every column:    schemas/case.md"

test: setup
	SWIFT_BACKTRACE=enable=no swift test $(SWIFT_FLAGS)

lint:
	swift format lint --strict --recursive Sources Tests Fuzz Package.swift

# The manual pages, from the program's own help.
man: setup
	swift package plugin generate-manual --multi-page --section 1
	@rm -rf man && mkdir man
	@for page in $$(find .build/plugins/GenerateManual/outputs -name '*.1'); do \
	  sed 's/^\.Dd .*/.Dd November 23, 2026/' $$page > man/$$(basename $$page); done
	@ls man

check-man: man
	git diff --exit-code --stat man

# The program, the default model, the metadata for Datasette, manual pages, and completions for bash, zsh and fish.
install: build
	install -D $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/flowcase
	install -D -m 644 models/default.safetensors $(DESTDIR)$(PREFIX)/share/flowcase/default.safetensors
	install -D -m 644 schemas/datasette.json $(DESTDIR)$(PREFIX)/share/flowcase/datasette.json
	install -d $(COMPLETIONS:%=$(DESTDIR)$(PREFIX)/share/%)
	$(PROGRAM) --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/flowcase
	$(PROGRAM) --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_flowcase
	$(PROGRAM) --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/flowcase.fish
	for page in man/*.1; do install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man1/$$(basename $$page); done

clean:
	rm -rf .build $(CASE)
