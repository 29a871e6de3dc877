# Speed, as ratios to numpy and pandas in the same run: `make bench-detect`.
$(B)/tests/bench/bench_detect: $(B)/tests/bench/bench_detect.o $(DETECT) $(BASE) ; $(LINK)

bench-detect: $(B)/tests/bench/bench_detect  ## detection against numpy and pandas, as ratios
	@/usr/bin/python3 tests/bench/detect.py $<
.PHONY: bench-detect
