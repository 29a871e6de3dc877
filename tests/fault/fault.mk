# One more wrapper of tests/lib/fault.h, besides WRAP in the Makefile.
$(B)/tests/fault/test_storage: LDFLAGS += -Wl,--wrap=statvfs
$(B)/tests/fault/test_requests: LDFLAGS += $(WRAP:%=-Wl,--wrap=%) -Wl,--wrap=statvfs
