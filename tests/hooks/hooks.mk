hooks-verify: all  ## Stripe's client verifies our notifications (npm ci needs a registry once)
	@sh tests/hooks/run.sh
.PHONY: hooks-verify
