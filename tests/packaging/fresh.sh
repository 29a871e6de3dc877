#!/bin/sh
# The two commands of the README on a bare Debian 12, by root and by a user with sudo: fresh.sh [try|test|all]
#
# Needs root and debootstrap; takes the working tree as it is committed. Runs each command twice, since
# the second time must find everything done.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/packaging/chroot.sh
. tests/packaging/chroot.sh
what=${1:-all}
dir=$(mktemp -d)
bare_debian "$dir"

inside "$dir" useradd -m dev
echo 'dev ALL=(ALL) NOPASSWD: ALL' > "$dir/etc/sudoers.d/dev"
clone() { # HOME OWNER
    git bundle create -q "$dir/tmp/sleuth.bundle" HEAD
    inside "$dir" git -c advice.detachedHead=false clone -q /tmp/sleuth.bundle "$1/sleuth"
    inside "$dir" chown -R "$2" "$1/sleuth"
}
run() { # USER COMMAND: without a terminal, so that it ends by itself
    echo "--- $1: $2"
    timeout 1800 chroot "$dir" su "$1" -s /bin/sh -c "cd && cd sleuth && $2" < /dev/null
}

clone /home/dev dev
clone /root root
if [ "$what" != test ]; then
    for user in dev root; do
        run "$user" "sh packaging/try.sh"
        run "$user" "sh packaging/try.sh" > "$dir/again.log" || { cat "$dir/again.log"; exit 1; }
    done
    ! inside "$dir" pgrep sleuth 2> /dev/null || { echo "try.sh left a server behind"; exit 1; }
fi
[ "$what" = try ] || run dev "sh packaging/test.sh"
echo "fresh: $what passed"
