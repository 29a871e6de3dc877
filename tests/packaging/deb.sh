#!/bin/sh
# The package on a bare Debian 12: install, files and modes, serve as the user sleuth, a verdict over
# HTTPS, upgrade with the data kept, remove, purge. Needs root, debootstrap and the archive.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/packaging/chroot.sh
. tests/packaging/chroot.sh
passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok    $1"; }
not_ok() { failed=$((failed + 1)); echo "FAIL  $1"; }
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" > "$dir/tmp/check.log" 2>&1; then ok "$name"; else not_ok "$name"; tail -15 "$dir/tmp/check.log"; fi
}

# DEB names a package that was built before.
[ -n "${DEB:-}" ] || make -s deb
version=$(cat packaging/VERSION)
deb=${DEB:-$(ls build/sleuth_"$version"_*.deb)}
if command -v lintian > /dev/null; then
    lintian --allow-root --fail-on error,warning "$deb" && ok "lintian: no error, no warning" || not_ok "lintian"
else
    echo "SKIPPED: lintian is not installed"
fi
if command -v systemd-analyze > /dev/null; then
    score=$(systemd-analyze security --offline=true packaging/systemd/sleuth.service | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
    if awk -v score="$score" 'BEGIN { exit !(score != "" && score <= 1.6) }'; then ok "unit exposure $score"; else not_ok "unit exposure '$score' (> 1.6)"; fi
else
    echo "SKIPPED: systemd-analyze is not installed"
fi

dir=$(mktemp -d) key=
bare_debian "$dir"
cp "$deb" "$dir/tmp/"
cp web/samples/adaptive.csv "$dir/tmp/"
inside "$dir" apt-get update -qq
in_dir() { inside "$dir" "$@" < /dev/null; }
as_sleuth() { inside "$dir" su sleuth -s /bin/sh -c "umask 077; $*" < /dev/null; }

# --- install -----------------------------------------------------------------------------------------
check "apt install" in_dir env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "/tmp/$(basename "$deb")"
in_dir env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends curl > /dev/null 2>&1
mode() { in_dir stat -c '%a %U:%G' "$1"; }
is_mode() { [ "$(mode "$1")" = "$2" ] && ok "$1 is $2" || not_ok "$1 is $(mode "$1"), not $2"; }
is_mode /var/lib/sleuth '700 sleuth:sleuth'
is_mode /etc/sleuth '750 root:sleuth'
is_mode /etc/sleuth/sleuth.conf '640 root:sleuth'
is_mode /etc/sleuth/secrets '700 sleuth:sleuth'
check "sleuth version" in_dir sleuth version
check "sleuth config check" in_dir sleuth config check /etc/sleuth/sleuth.conf

# --- serve by hand, as there is no systemd here ----------------------------------------------------------
serve() {
    as_sleuth "exec sleuth serve --data /var/lib/sleuth --listen 127.0.0.1:0 > /tmp/serve.out 2> /tmp/serve.log" &
    url=
    for _ in $(seq 200); do
        url=$(sed -n 's/^listening \(https:[^ ]*\).*/\1/p' "$dir/tmp/serve.out" 2> /dev/null | head -1)
        [ -z "$url" ] || return 0
        sleep 0.1
    done
    cat "$dir/tmp/serve.log"
    return 1
}
# Only the process of this chroot's data directory: its id is in the owner file.
stop() { kill "$(sed -n 's/[^0-9]*\([0-9][0-9]*\).*/\1/p' "$dir/var/lib/sleuth/owner" | head -1)" 2> /dev/null || true; wait; rm -f "$dir/tmp/serve.out"; }

# The chroot lies on a disk, or on a file system that the unit's default refuses.
printf '\n[storage]\nrequire_durable_fs = false\n' > "$dir/etc/sleuth/conf.d/test.conf"
od -An -N18 -tx1 /dev/urandom | tr -d ' \n' > "$dir/tmp/password"
chmod 644 "$dir/tmp/password"
# root sets it up; what root makes belongs to the service all the same.
check "setup --non-interactive" in_dir sleuth setup --non-interactive --admin-email admin@example.org --admin-password-file /tmp/password --public-url https://sleuth.example.org
is_mode /etc/sleuth/sleuth.conf '640 root:sleuth'
foreign=$(in_dir find /var/lib/sleuth /etc/sleuth/secrets ! -user sleuth | head)
[ -z "$foreign" ] && ok "all data belongs to the service" || not_ok "not the service's: $foreign"
check "backup create by root" in_dir sleuth backup create
check "db migrate --dry-run by root" in_dir sleuth db migrate --dry-run
for unit in sleuth.service sleuth.socket sleuth-backup.service sleuth-backup.timer; do
    [ -e "$dir/lib/systemd/system/$unit" ] && ok "$unit is there" || not_ok "$unit is missing"
done
[ -L "$dir/etc/systemd/system/timers.target.wants/sleuth-backup.timer" ] && ok "the timer is enabled" || not_ok "the timer is not enabled"
if serve; then
    ok "serve as the user sleuth: $url"
    check "user create" as_sleuth "sleuth user create a@example.org --plan pro --password-file /tmp/password --data /var/lib/sleuth"
    key=$(as_sleuth "sleuth key create a@example.org --name ci --data /var/lib/sleuth 2> /dev/null")
    [ ${#key} -eq 51 ] && ok "key create prints a key" || not_ok "key create printed '$key'"
    ask() { in_dir curl -sS --fail --cacert /var/lib/sleuth/tls/cert.pem -H "X-API-Key: $key" -H 'Content-Type: text/csv' \
        --data-binary @/tmp/adaptive.csv "$url/api/detect"; }
    check "detect over HTTPS" ask
    grep -q '"bias_detected": *true' "$dir/tmp/check.log" && ok "the verdict is there" || not_ok "no verdict in the answer"
    loose=$(in_dir find /var/lib/sleuth /etc/sleuth/secrets -perm /077 ! -name cert.pem ! -type l ! -type s | head)
    [ -z "$loose" ] && ok "nothing under the data directory is readable by others" || not_ok "readable by others: $loose"
    stop

    # --- upgrade: the same files as a higher version -----------------------------------------------------
    dpkg-deb -R "$deb" "$dir/tmp/next"
    sed -i "s/^Version: .*/Version: $version+next/" "$dir/tmp/next/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$dir/tmp/next" "$dir/tmp/next.deb" > /dev/null
    echo '; kept' >> "$dir/etc/sleuth/sleuth.conf"
    check "upgrade" in_dir env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq /tmp/next.deb
    grep -q '^; kept' "$dir/etc/sleuth/sleuth.conf" && ok "the configuration is kept" || not_ok "the configuration was replaced"
    serve && check "detect with the old key after the upgrade" ask || not_ok "serve after the upgrade"
    stop
    # A kind of upgrade that must not go on: the old configuration is refused.
    echo '[http]' > "$dir/etc/sleuth/conf.d/broken.conf"
    echo 'lisen = x' >> "$dir/etc/sleuth/conf.d/broken.conf"
    check "an upgrade stops at a refused configuration" in_dir sh -c '! dpkg -i /tmp/next.deb'
    rm "$dir/etc/sleuth/conf.d/broken.conf"
    check "and goes on when it is mended" in_dir dpkg --configure sleuth
    backup=$(in_dir sh -c 'ls /var/lib/sleuth/backups/sleuth-*.backup | head -1')
    check "restore by root" in_dir sh -c "cp $backup /tmp/one.backup && chmod 644 /tmp/one.backup && sleuth restore /tmp/one.backup --yes"
    foreign=$(in_dir find /var/lib/sleuth ! -user sleuth | head)
    [ -z "$foreign" ] && ok "restored data belongs to the service" || not_ok "not the service's: $foreign"
else
    not_ok "serve as the user sleuth"
fi

# --- remove and purge --------------------------------------------------------------------------------------
check "remove" in_dir apt-get remove -y -qq sleuth
[ ! -e "$dir/usr/bin/sleuth" ] && [ -e "$dir/etc/sleuth/sleuth.conf" ] && [ -d "$dir/var/lib/sleuth" ] && ok "remove keeps configuration and data" || not_ok "remove"
rm -f "$dir/etc/sleuth/conf.d/test.conf"
check "purge" in_dir apt-get purge -y -qq sleuth
[ ! -e "$dir/etc/sleuth/sleuth.conf" ] && ok "purge takes the configuration" || not_ok "purge left the configuration"
[ -z "$key" ] || { [ -d "$dir/var/lib/sleuth" ] && ok "purge without the mark keeps the data" || not_ok "purge took the data"; }
check "install and purge with the mark" in_dir sh -c "apt-get install -y -qq --no-install-recommends /tmp/$(basename "$deb") && touch /var/lib/sleuth/.purge-ok && apt-get purge -y -qq sleuth"
[ ! -e "$dir/var/lib/sleuth" ] && [ ! -e "$dir/etc/sleuth" ] && ! in_dir getent passwd sleuth > /dev/null && ok "nothing is left" || not_ok "left: $(in_dir ls -d /var/lib/sleuth /etc/sleuth 2> /dev/null)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
