# One Makefile, no recursion into folders. `make help` lists the targets.
#
# Each layer becomes an archive, and a test links only its own layer and the layers below it, so a
# call that points upward fails at link time. MODE picks the build directory: sanitizer builds
# stand beside the release build.

VERSION := $(shell cat packaging/VERSION)
MODE    ?= release
B       := build/$(MODE)
PREFIX  ?= /usr
CC      ?= cc

# libh2o: Debian's source with our patches, built once per recipe (packaging/h2o/build.sh).
H2O     := build/h2o
PKGS    := lmdb libsodium msgpack yajl libcurl openssl inih libseccomp libarchive libzstd libbrotlidec libbrotlienc zlib

CPPFLAGS += -iquote . -iquote appliance -iquote tests -isystem $(H2O)/include -D_GNU_SOURCE \
            -DH2O_USE_LIBUV=0 -DVERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS))
CFLAGS   += -std=c11 -g -pthread -fPIE -fno-common -fstack-protector-strong
CFLAGS   += -Wall -Wextra -Wconversion -Wshadow -Wvla -Wswitch-enum -Wformat=2 -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wcast-qual \
            -Wno-unused-parameter # stages and callbacks share one signature
CFLAGS   += $(CFLAGS_$(MODE)) $(if $(WERROR),-Werror)
LDFLAGS  += -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(filter -fsanitize%,$(CFLAGS_$(MODE)))
LDLIBS   += $(shell pkg-config --libs $(PKGS)) -lm

CFLAGS_release := -O2 -D_FORTIFY_SOURCE=3
CFLAGS_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DSANDBOX_INSTRUMENTED
CFLAGS_tsan    := -O1 -fsanitize=thread -DSANDBOX_INSTRUMENTED
CFLAGS_cov     := -O0 --coverage -DSANDBOX_INSTRUMENTED

# Statistics must give the same bits on every build of an architecture: no fused multiply-add,
# and -O3 for the inner loops.
CFLAGS_detect  := -ffp-contract=off -fno-math-errno -fno-trapping-math $(if $(filter release,$(MODE)),-O3)

# --- what is built from what -------------------------------------------------------------------

src  = $(wildcard $(addsuffix /*.c,$(1)))
obj  = $(patsubst %.c,$(B)/%.o,$(call src,$(1)))
BASE := $(B)/libbase.a
DETECT := $(B)/libdetect.a
STORAGE := $(B)/libstorage.a
APPLIANCE := $(B)/libappliance.a
LIBS := $(APPLIANCE) $(STORAGE) $(DETECT) $(BASE)
LIBH2O := $(H2O)/libh2o-evloop.a
TESTLIB := $(call obj,tests/lib)
UNIT := $(patsubst %.c,$(B)/%,$(call src,$(addprefix tests/,base detect storage appliance tools fault)))
LINK  = @mkdir -p $(@D) && $(CC) $(LDFLAGS) $(filter %.o %.a,$^) $(LDLIBS) -o $@

all: $(B)/sleuth  ## build the one binary, build/release/sleuth

$(BASE):      $(call obj,appliance/base)
$(DETECT):    $(call obj,detect)
$(STORAGE):   $(call obj,storage)
$(APPLIANCE): $(filter-out $(B)/appliance/main.o,$(call obj,appliance appliance/api appliance/import appliance/pages))
$(B)/sleuth:  $(B)/appliance/main.o $(call obj,tools) $(LIBS) $(LIBH2O) ; $(LINK)

$(B)/tests/base/%:      $(B)/tests/base/%.o      $(BASE)                              ; $(LINK)
$(B)/tests/detect/%:    $(B)/tests/detect/%.o    $(DETECT) $(BASE)                    ; $(LINK)
$(B)/tests/storage/%:   $(B)/tests/storage/%.o   $(TESTLIB) $(STORAGE) $(BASE)        ; $(LINK)
$(B)/tests/appliance/%: $(B)/tests/appliance/%.o $(TESTLIB) $(LIBS) $(LIBH2O)         ; $(LINK)
$(B)/tests/tools/%:     $(B)/tests/tools/%.o     $(TESTLIB) $(filter-out $(B)/tools/sleuth.o,$(call obj,tools)) $(LIBS) $(LIBH2O) ; $(LINK)
$(B)/tests/fault/%:     $(B)/tests/fault/%.o     $(TESTLIB) $(LIBS) $(LIBH2O)         ; $(LINK)
# Failures on demand (tests/lib/fault.h): the linker leads these calls of ours to wrappers.
WRAP := malloc calloc mdb_env_open mdb_dbi_open mdb_txn_begin mdb_txn_commit mdb_get mdb_put mdb_del \
        mdb_cursor_open mdb_cursor_get fsync rename pread pwrite
$(B)/tests/fault/test_storage: $(B)/tests/fault/test_storage.o $(STORAGE) $(BASE) ; $(LINK)
$(B)/tests/fault/test_storage: LDFLAGS += $(WRAP:%=-Wl,--wrap=%)
$(B)/tests/crash/%:     $(B)/tests/crash/%.o     $(STORAGE) $(BASE)                   ; $(LINK)
$(B)/tests/crash/damage: LDLIBS += $(shell pkg-config --libs check)
$(UNIT): LDLIBS  += $(shell pkg-config --libs check)

# Objects depend on the library: its patches change structs in headers that -MMD does not track.
$(call obj,appliance appliance/api appliance/import appliance/pages tools tests/lib tests/appliance tests/tools tests/fault): $(LIBH2O)
$(LIBH2O): packaging/h2o/build.sh $(wildcard packaging/h2o/*.patch packaging/h2o/series packaging/h2o/subset.txt)
	@sh packaging/h2o/build.sh $(H2O)

$(B)/detect/%.o: CFLAGS += $(CFLAGS_detect)
# Where time is not spent: packaging/static/build.sh has these compiled for size.
$(call obj,tools appliance/api appliance/import appliance/pages): CFLAGS += $(CFLAGS_cold)
# Assets are embedded with their compressed twins.
ASSETS := $(shell sed -n 's/^A[^"]*"\([^"]*\)".*/\1/p' web/assets.def)
$(B)/appliance/assets.o: CPPFLAGS += -DASSET_DIR='"$(B)/web"'
$(B)/appliance/assets.o: $(patsubst %,$(B)/web/%.gz,$(ASSETS)) $(patsubst %,$(B)/web/%.br,$(ASSETS))
$(B)/web/%.gz: web/% ; @mkdir -p $(@D) && gzip -9nc $< > $@
$(B)/web/%.br: web/% ; @mkdir -p $(@D) && brotli -q 11 -c $< > $@
$(B)/%.o: %.c ; @mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/%.a:     ; @mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
%.run: %      ; @timeout 120 $<

# --- what a person types -------------------------------------------------------------------------

test: all $(UNIT)  ## unit tests, one program per source file (< 20 s)
	@sh tests/run-unit.sh $(UNIT)
testbins: $(UNIT)
run: all  ## build and serve a throw-away instance on loopback
	@$(B)/sleuth serve --dev
check: tidy lint tidy-test  ## everything a commit must pass: tidy, tests, sanitizers, warnings as errors
	@$(MAKE) --no-print-directory WERROR=1 test
	@$(MAKE) --no-print-directory WERROR=1 asan
	@$(MAKE) --no-print-directory WERROR=1 cli-tests
	@$(MAKE) --no-print-directory http
	@$(MAKE) --no-print-directory WERROR=1 load-short
	@$(MAKE) --no-print-directory readme-test
	@$(MAKE) --no-print-directory h2o-proofs
	@$(MAKE) --no-print-directory crash
	@$(MAKE) --no-print-directory damage-short
	@$(MAKE) --no-print-directory restore-drill
asan:  ## unit tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory MODE=asan test
lint: | $(LIBH2O)  ## a second compiler: ignored statuses and clang's warnings
	@git ls-files '*.c' | grep -v '^tests/fuzz' | xargs -P2 -n8 clang -fsyntax-only $(CPPFLAGS) -DASSET_DIR='""' -std=c11 -Wall -Wextra -Wno-unused-parameter -Werror
http: all  ## scenarios against the real binary: HTTP/1.1, HTTP/2, slow and vanishing clients
	@sh tests/http/run.sh
browser-test: all  ## a walk through every page in Chromium, with axe-core (npm ci needs a registry once)
	@sh tests/browser/run.sh walk.mjs
screenshots: all  ## every page in both languages and themes, desk and phone, in build/screenshots
	@sh tests/browser/run.sh shots.mjs
load: all  ## 64 connections, 10,000 requests each protocol, plain and under both sanitizers
	@sh tests/http/load.sh
	@for mode in asan tsan; do $(MAKE) --no-print-directory MODE=$$mode all && SLEUTH=build/$$mode/sleuth sh tests/http/load.sh || exit 1; done
load-short: all
	@sh tests/http/load.sh
	@$(MAKE) --no-print-directory MODE=asan all && SLEUTH=build/asan/sleuth sh tests/http/load.sh
load-long:  ## the same with 640,000 requests each protocol, under both sanitizers (10 minutes)
	@for mode in asan tsan; do $(MAKE) --no-print-directory MODE=$$mode all && SLEUTH=build/$$mode/sleuth sh tests/http/load.sh 640000 || exit 1; done
tsan:  ## unit tests under the thread sanitizer
	@$(MAKE) --no-print-directory MODE=tsan test
crash: $(B)/tests/crash/crash  ## kill -9 in a storm of writes, KILLS (100) times: nothing acknowledged is lost
	@timeout 3600 $< $(or $(KILLS),100)
damage: $(B)/tests/crash/damage  ## 4,000 random damages of the database: none silent, none fatal
	@timeout 1200 $< 4000
damage-short: $(B)/tests/crash/damage
	@timeout 120 $< 400
h2o-proofs: $(LIBH2O)  ## attack libh2o with and without each of our patches
	@sh tests/h2o/run.sh
cli-tests: all  ## scenarios of the command line, with and without a server
	@sh tests/cli/run.sh $(B)/sleuth
openapi-lint: all  ## /openapi.json against the rules of OpenAPI 3.1; fetches a linter with npx
	@sh tests/openapi/lint.sh $(B)/sleuth
tidy:  ## layers, owner files of libraries, sizes, banned calls
	@sh tests/tidy.sh
tidy-test:  ## plant faults in a copy of the tree and see tidy and the linker refuse them
	@sh tests/tidy_test.sh
deb: $(LIBH2O)  ## the Debian package, with SBOM and checksums, in build/
	@sh packaging/deb.sh
static: $(LIBH2O)  ## one static binary that needs no other file, build/static/sleuth
	@sh packaging/static/build.sh
notice: build/NOTICE
build/NOTICE: packaging/notice.sh $(LIBH2O) ; @sh $< deb > $@
install: all  ## program, manual pages and completions into DESTDIR and PREFIX (/usr)
	@install -Dm755 $(B)/sleuth $(DESTDIR)$(PREFIX)/bin/sleuth
	@mkdir -p $(DESTDIR)$(PREFIX)/share/man
	@$(B)/sleuth man --dir $(DESTDIR)$(PREFIX)/share/man
	@mkdir -p $(DESTDIR)$(PREFIX)/share/bash-completion/completions && $(B)/sleuth completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sleuth
	@mkdir -p $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions && $(B)/sleuth completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_sleuth
	@mkdir -p $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d && $(B)/sleuth completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sleuth.fish
readme-test: all  ## run the session of README.md as it is written
	@sh tests/readme.sh
fmt:  ## clang-format in place
	@clang-format -i $$(git ls-files '*.c' '*.h')
clean:  ## remove build/
	rm -rf build
help:  ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.DEFAULT_GOAL := all
.PHONY: all http browser-test screenshots load load-short load-long test testbins run check asan tsan lint crash damage damage-short h2o-proofs openapi-lint tidy tidy-test readme-test deb static notice install fmt clean help cli-tests
.SECONDARY:
.DELETE_ON_ERROR:
-include $(wildcard tests/*/*.mk)
-include $(shell find $(B) -name '*.d' 2>/dev/null)
