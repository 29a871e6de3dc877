# The large runs of tests/http/test_jobs.py; make http runs small ones.
jobs-fair: all  ## 1,000 jobs of 20 users on two workers: nobody starves, answers are the synchronous ones
	@timeout 1800 python3 tests/http/jobs_fair.py 1000 20
jobs-crash: all  ## kill -9 at 50 random moments: every job ends once and is billed once
	@timeout 1800 python3 tests/http/jobs_crash.py 50
jobs-long: all  ## a job of 200,000 rows with 10,000 bootstrap samples: progress, calls beside it, cancel
	@JOBS_ROWS=200000 JOBS_BOOTSTRAP=10000 timeout 1800 python3 tests/http/test_jobs.py
.PHONY: jobs-fair jobs-crash jobs-long
