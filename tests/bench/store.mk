# The store when it is large: start, reads of authentication, the check.
$(B)/tests/bench/store: $(B)/tests/bench/store.o $(STORAGE) $(BASE) ; $(LINK)

bench-store: $(B)/tests/bench/store  ## the store with 20,000 users: start, reads, check
	@timeout 300 $<
.PHONY: bench-store
