# A large file end to end, with the memory that it takes.
big-file: all  ## 300 MB of CSV: uploaded in parts with a kill -9, read from disk, memory told (5 minutes)
	@BIG_FILE_MB=300 timeout 1200 python3 tests/http/test_bigfile.py
