# Fuzzers (libFuzzer, clang): `make fuzz` runs each for FUZZ_RUNS executions over its corpus.
#
# A target is tests/fuzz/fuzz_X.c with its corpus in tests/fuzz/corpus/X; FUZZ_SRC_X names the
# sources it needs. New inputs go to build/fuzz/X, not into the repository.
FUZZ_RUNS ?= 10000000
FUZZ_SRC_csv := $(wildcard detect/*.c appliance/base/*.c)
FUZZ_SRC_rows := $(FUZZ_SRC_csv) appliance/json.c appliance/json_rows.c appliance/json_shape.c
FUZZERS += csv rows

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c
	@mkdir -p $(@D) && clang $(CPPFLAGS) -iquote tests/fuzz -std=c11 -g -O2 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $< $(FUZZ_SRC_$*) $(LDLIBS) -o $@
fuzz-%: build/fuzz/fuzz_%
	@mkdir -p build/fuzz/$* && nice -n 19 $< -runs=$(FUZZ_RUNS) -max_len=512 -print_final_stats=1 \
	    build/fuzz/$* tests/fuzz/corpus/$*
fuzz: $(FUZZERS:%=fuzz-%)  ## libFuzzer targets, FUZZ_RUNS executions each (default 10 million)
.PHONY: fuzz
.PRECIOUS: build/fuzz/fuzz_%
$(FUZZERS:%=build/fuzz/fuzz_%): $(wildcard detect/*.[ch] appliance/*.[ch] appliance/*/*.[ch] tests/fuzz/*.h)
