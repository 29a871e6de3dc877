# Fuzzers (libFuzzer, clang): `make fuzz` runs each for FUZZ_RUNS executions over its corpus.
#
# A target is tests/fuzz/fuzz_X.c with its corpus in tests/fuzz/corpus/X; FUZZ_SRC_X names the
# sources it needs, FUZZ_SEEDS_X further seeds, FUZZ_LEN_X the longest input. New inputs go to
# build/fuzz/X, not into the repository. `make fuzz-short` is the bounded form for every commit.
FUZZ_RUNS ?= 10000000
FUZZ_SHORT_RUNS ?= 20000
FUZZ_SHORT_SECONDS ?= 5
FUZZ_IMPORTS := lm_eval inspect opencompass mlflow wandb eee ledger archive
FUZZERS += csv rows $(FUZZ_IMPORTS) query cookie multipart webhook license bundle backup record config
FUZZ_BASE := $(wildcard appliance/base/*.c)
FUZZ_SRC_csv := $(wildcard detect/*.c) $(FUZZ_BASE)
FUZZ_SRC_rows := $(FUZZ_SRC_csv) appliance/json.c appliance/json_rows.c appliance/json_shape.c
FUZZ_SRC_query := $(FUZZ_BASE) appliance/query.c
FUZZ_SRC_cookie := appliance/base/slice.c appliance/cookie.c
FUZZ_SRC_multipart := $(FUZZ_BASE) appliance/multipart.c
FUZZ_SRC_webhook := $(FUZZ_BASE) appliance/stripe_sign.c appliance/billing_event.c appliance/json.c appliance/json_shape.c
FUZZ_SRC_license := $(FUZZ_BASE) appliance/license.c appliance/plans.c appliance/json.c appliance/json_shape.c \
                    appliance/config.c
FUZZ_SRC_bundle := $(FUZZ_BASE) appliance/pack.c appliance/pack_trust.c appliance/tar.c appliance/source.c \
                   appliance/json.c appliance/json_shape.c
FUZZ_SRC_backup := $(FUZZ_BASE) $(wildcard storage/*.c)
FUZZ_SRC_record := $(FUZZ_SRC_backup)
FUZZ_SRC_config := $(FUZZ_BASE) appliance/config.c appliance/config_show.c
build/fuzz/fuzz_config: LDLIBS += -Wl,--wrap=file_read # no file but the one that the fuzzer makes
build/fuzz/fuzz_backup: LDLIBS += -Wl,--wrap=malloc -Wl,--wrap=free # two buffers of a megabyte
FUZZ_LEN_bundle := 4096
FUZZ_SRC_import := $(wildcard appliance/import/*.c) $(FUZZ_BASE) appliance/archive.c appliance/json.c \
                   appliance/json_shape.c appliance/ledger.c appliance/ledger_json.c appliance/ledger_rounds.c
$(foreach f,$(FUZZ_IMPORTS),$(eval FUZZ_SRC_$(f) := $(FUZZ_SRC_import)))
$(foreach f,$(FUZZ_IMPORTS),$(eval FUZZ_SEEDS_$(f) := $(wildcard tests/golden/imports/$(f))))
FUZZ_SEEDS_inspect += build/fuzz/zips
FUZZ_SEEDS_archive += build/fuzz/zips
$(foreach f,$(FUZZ_IMPORTS),$(eval FUZZ_LEN_$(f) := 4096))

FUZZ_FLAGS := -std=c11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D) && $(FUZZ_CC) $(CPPFLAGS) -iquote tests/fuzz $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@
FUZZ_CC := $(if $(findstring ccache,$(CC)),ccache )clang
# in a variable: a percent sign in the rule itself would stand for its stem
fuzz_obj = $(patsubst %.c,build/fuzz/obj/%.o,$(FUZZ_SRC_$(1)))
.SECONDEXPANSION:
build/fuzz/fuzz_%: build/fuzz/obj/tests/fuzz/fuzz_%.o $$(call fuzz_obj,$$*)
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer $^ $(LDLIBS) -o $@
build/fuzz/zip_seeds: tests/fuzz/zip_seeds.c $(FUZZ_BASE)
	@mkdir -p $(@D)/zips && $(CC) $(CPPFLAGS) -std=c11 -g -O1 $^ $(LDLIBS) -o $@
build/fuzz/zips: build/fuzz/zip_seeds
	@mkdir -p $@ && $< $@ && touch $@
build/fuzz/fuzz_inspect build/fuzz/fuzz_archive: | build/fuzz/zips
# $(1) target, $(2) limits
fuzz_run = mkdir -p build/fuzz/$(1) && nice -n 19 build/fuzz/fuzz_$(1) $(2) -max_len=$(or $(FUZZ_LEN_$(1)),512) \
           -artifact_prefix=build/fuzz/$(1)- build/fuzz/$(1) $(wildcard tests/fuzz/corpus/$(1)) $(FUZZ_SEEDS_$(1))
fuzz-%: build/fuzz/fuzz_%
	@$(call fuzz_run,$*,-runs=$(FUZZ_RUNS) -print_final_stats=1)
fuzz: $(FUZZERS:%=fuzz-%)  ## libFuzzer targets, FUZZ_RUNS executions each (default 10 million)
fuzz-short: $(FUZZERS:%=build/fuzz/fuzz_%)  ## every fuzzer for 20,000 executions or 5 seconds
	@for f in $(FUZZERS); do $(MAKE) --no-print-directory fuzz-short-$$f || exit 1; done
fuzz-short-%: build/fuzz/fuzz_%
	@$(call fuzz_run,$*,-runs=$(FUZZ_SHORT_RUNS) -max_total_time=$(FUZZ_SHORT_SECONDS)) 2> build/fuzz/$*.log || \
	    { tail -40 build/fuzz/$*.log; exit 1; }; grep Done build/fuzz/$*.log | sed 's/^/$*: /'
.PHONY: fuzz fuzz-short
.PRECIOUS: build/fuzz/fuzz_% build/fuzz/obj/%.o
-include $(shell find build/fuzz/obj -name '*.d' 2>/dev/null)
