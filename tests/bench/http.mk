# Requests per second as ratios to bare libh2o and nginx in the same run: `make bench-http`.
$(B)/tests/bench/bare: $(B)/tests/bench/bare.o $(LIBH2O) ; $(LINK)
$(B)/tests/bench/bare.o: $(LIBH2O)

bench-http: all $(B)/tests/bench/bare  ## routes against bare libh2o and nginx (needs wrk, h2load, nginx)
	@timeout 900 python3 tests/bench/http.py $(B)/sleuth $(B)/tests/bench/bare
.PHONY: bench-http
