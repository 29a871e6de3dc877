# Backups under load, restored elsewhere.
restore-drill: all  ## backups under full write load, restored elsewhere: nothing acknowledged is missing
	@sh tests/drill/restore.sh $(CURDIR)/$(B)/sleuth
.PHONY: restore-drill
