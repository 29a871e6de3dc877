# Power cuts: a recorder that is preloaded into the real server, and a replayer that judges every
# disk a cut may leave (tests/hold/powercut.py tells how).
POWERCUT := $(B)/tests/hold/powercut
$(POWERCUT)/record.so: tests/hold/powercut/record.c tests/hold/powercut/trace.h
	@mkdir -p $(@D) && $(CC) $(CPPFLAGS) -std=c11 -g -O2 -Wall -Wextra -fPIC -shared $< -ldl -lpthread -o $@
$(POWERCUT)/replay: $(filter-out %/record.o,$(call obj,tests/hold/powercut)) $(STORAGE) $(BASE)
	$(LINK)
powercut-short: all $(POWERCUT)/record.so $(POWERCUT)/replay  ## power cuts at the size of CI: 1,000 disks, controls included
	@timeout 600 python3 tests/hold/powercut.py short
powercut: all $(POWERCUT)/record.so $(POWERCUT)/replay  ## the whole trace: more than 10,000 different disks
	@timeout 7200 python3 tests/hold/powercut.py full
.PHONY: powercut powercut-short
BLOCKCUT := $(B)/tests/hold/blockcut
$(BLOCKCUT)/disk: $(BLOCKCUT)/disk.o ; $(LINK)
$(BLOCKCUT)/look: $(BLOCKCUT)/look.o $(POWERCUT)/judge.o $(POWERCUT)/model.o $(STORAGE) $(BASE) ; $(LINK)
blockcut: all $(BLOCKCUT)/disk $(BLOCKCUT)/look  ## CUTS (10) power cuts each of the disk under ext4, xfs, btrfs; needs root, loop, FUSE
	@timeout 10800 python3 tests/hold/blockcut.py $(or $(CUTS),10)
.PHONY: blockcut
