s3-test: all  ## copies in S3, judged by AWS's own signer and SDK (npm ci needs a registry once; a minute)
	@timeout 300 python3 tests/s3/test_s3.py
.PHONY: s3-test
