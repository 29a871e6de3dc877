# Speed, as ratios to numpy and pandas in the same run: `make bench-detect`.
$(B)/tests/bench/bench_detect: $(B)/tests/bench/bench_detect.o $(DETECT) $(BASE) ; $(LINK)

bench-detect: $(B)/tests/bench/bench_detect  ## detection against numpy and pandas, as ratios
	@/usr/bin/python3 tests/bench/detect.py $<
.PHONY: bench-detect

bench-first: all  ## 1,000 log files of each source: time to the first finding
	@/usr/bin/python3 tests/bench/first.py $(B)/sleuth
.PHONY: bench-first

# Both run to their end, also when a target of the first is missed.
bench:  ## everything that is measured: detection, then the store
	@$(MAKE) --no-print-directory --keep-going bench-detect bench-store
.PHONY: bench
