# Every requirement that blocks a release, with the test that proves it and the figure it printed.
hold: all  ## each requirement's test at the size of CI: green, FAILED, or SKIPPED with the reason
	@python3 tests/hold/run.py
hold-long: all  ## the same in full size: hours
	@python3 tests/hold/run.py --full
.PHONY: hold hold-long
