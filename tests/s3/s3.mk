s3-test: all  ## copies in S3, judged by AWS's own signer and SDK (npm ci needs a registry once; a minute)
	@timeout 300 python3 tests/s3/test_s3.py || [ $$? = 77 ]
s3-kills: all  ## kill -9 at KILLS (40) moments over upload and copy: what was answered arrives
	@timeout 3600 python3 tests/s3/kill_sweep.py $(or $(KILLS),40) || [ $$? = 77 ]
.PHONY: s3-test s3-kills
