# The store when it is large: start, reads of authentication, the check.
$(B)/tests/bench/store: $(B)/tests/bench/store.o $(STORAGE) $(BASE) ; $(LINK)

bench-store: $(B)/tests/bench/store  ## the store with 20,000 users: start, reads, check
	@timeout 300 $<
.PHONY: bench-store

# A server with 100,000 users and 1,000,000 keys: how fast it starts, how much memory it takes.
$(B)/tests/bench/fill: $(B)/tests/bench/fill.o $(STORAGE) $(BASE) ; $(LINK)

bench-cold: all $(B)/tests/bench/fill  ## start below 200 ms and 200 MB with 100,000 users, 1,000,000 keys
	@timeout 600 /usr/bin/python3 tests/bench/cold.py $(B)/sleuth $(B)/tests/bench/fill
.PHONY: bench-cold
