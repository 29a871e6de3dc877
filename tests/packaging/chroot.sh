# A bare Debian 12 to test in, sourced by the scripts beside it; needs root, debootstrap and the archive.
#
# bare_debian DIR makes DIR from a base that is kept under build/; inside DIR COMMAND... runs there.
# Everything mounted is unmounted at exit, and DIR is removed.

bare_base=$PWD/build/bare-debian
bare_dirs=

bare_finish() {
    for bare_dir in $bare_dirs; do
        umount "$bare_dir/dev/pts" "$bare_dir/dev" "$bare_dir/proc" 2> /dev/null || true
        # Only a tree in which nothing is mounted any more may be removed.
        grep -q " $bare_dir/" /proc/mounts || rm -rf --one-file-system "$bare_dir"
    done
}

# The mirror that this machine itself installs from.
own_mirror() {
    apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 == "bookworm" { sub("/$", "", $1); print $1; exit }'
}

bare_debian() {
    [ "$(id -u)" -eq 0 ] && command -v debootstrap > /dev/null ||
        { echo "SKIPPED: needs root and debootstrap"; exit 0; }
    if [ ! -e "$bare_base/.complete" ]; then
        rm -rf "$bare_base"
        mirror=${DEBIAN_MIRROR:-$(own_mirror)}
        debootstrap --variant=minbase --include=ca-certificates,git,sudo bookworm "$bare_base" \
            "$mirror" > /dev/null
        # The updates that a real machine has.
        { echo "deb $mirror bookworm main"
          echo "deb $mirror bookworm-updates main"
          echo "deb $mirror-security bookworm-security main"
        } > "$bare_base/etc/apt/sources.list"
        touch "$bare_base/.complete"
    fi
    bare_dirs="$bare_dirs $1"
    trap bare_finish EXIT
    mkdir -p "$1"
    cp -a "$bare_base/." "$1/"
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    mount -t proc proc "$1/proc"
    mount -t devtmpfs dev "$1/dev" 2> /dev/null || mount --bind /dev "$1/dev"
}

# The proxy of this machine's package manager, if any, holds inside as well.
inside() {
    bare_root=$1
    shift
    chroot "$bare_root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}
