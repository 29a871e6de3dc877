# The packages on bare systems; root, a bare Debian and some minutes are needed.
deb-test:  ## install, serve, upgrade, remove, purge the package in a bare Debian
	@sh tests/packaging/deb.sh
static-test: static  ## the static binary in an empty chroot, with a resolver and a web server of its own
	@sh tests/packaging/static.sh
reproducible:  ## build package and static binary twice and compare the bits
	@sh tests/packaging/reproducible.sh deb
	@sh tests/packaging/reproducible.sh static
.PHONY: deb-test static-test reproducible
