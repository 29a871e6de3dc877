# Long scenarios against the real binary, in full size; `make http` runs them small.
.PHONY: billing-crash property
KILLS ?= 100
REQUESTS ?= 3000
billing-crash: all  ## kill -9 under load (KILLS=100): billed = acknowledged, exactly
	@nice python3 tests/http/billing_crash.py $(KILLS)
property: all  ## generated requests (REQUESTS=3000) against every documented route
	@nice python3 tests/http/property.py $(REQUESTS)
traced: all  ## every scenario under strace: no connect() outside of loopback and unix sockets (15 minutes)
	@nice python3 tests/http/traced.py
.PHONY: traced
