# One more wrapper of tests/lib/fault.h, besides WRAP in the Makefile.
$(B)/tests/fault/test_storage: LDFLAGS += -Wl,--wrap=statvfs
