#!/usr/bin/env bash
# Prove that a bare Debian 12 with python3, python3-pip and make is enough.
#
#   scripts/prove_bare.sh [--user] [--keep] [TARGET...]
#
# Builds a minimal system with debootstrap (needs root), clones this repository's HEAD into it, runs
# each make target (default: "demo ARGS=--once" twice, then "test"; quote a target with arguments)
# and prints the times. --user runs them as an ordinary user without sudo; --keep leaves the system
# in place, and a later run with the same HRP_BARE_ROOT uses a fresh copy of it.
#
#   HRP_BARE_ROOT      where to build (default: a new folder in TMPDIR)
#   HRP_BARE_MIRROR    the Debian mirror (default: debootstrap's own)
#   HRP_BARE_CARRY     further files of this machine to carry over, such as CA certificates or
#                      pip and apt configuration, as a list of absolute paths
#   HRP_BARE_BIND      folders of this machine to see inside, read-only
# Environment variables named PIP_*, UV_*, SSL_*, *_proxy are passed on.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)

user=root keep=no
while [ $# -gt 0 ]; do
    case $1 in
        --user) user=newcomer ;;
        --keep) keep=yes ;;
        -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
        *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || set -- "demo ARGS=--once" "demo ARGS=--once" "test"

[ "$(id -u)" -eq 0 ] || { echo "debootstrap and chroot need root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "install debootstrap first" >&2; exit 1; }

base=${HRP_BARE_ROOT:-$(mktemp -d)}
image=$base/image
bare=$base/system
mounted=()

# Never --one-file-system by luck: unmount what was mounted before anything is removed.
finish() {
    local path
    for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do
        path=${mounted[i]}
        umount "$path" || umount --lazy "$path"
    done
    [ "$keep" = yes ] || rm -rf --one-file-system "$bare"
    [ "$keep" = yes ] || [ -n "${HRP_BARE_ROOT:-}" ] || rm -rf --one-file-system "$base"
}
trap finish EXIT

attach() { # KIND SOURCE TARGET
    mkdir -p "$bare$3"
    case $1 in
        bind) mount --bind "$2" "$bare$3" && mount -o remount,bind,ro "$bare$3" ;;
        *) mount -t "$1" "$2" "$bare$3" ;;
    esac
    mounted+=("$bare$3")
}

if [ ! -e "$image/.complete" ]; then
    echo "== building a minimal Debian 12 in $image"
    rm -rf "$image"
    debootstrap --variant=minbase --include=python3,python3-pip,make,ca-certificates \
        bookworm "$image" ${HRP_BARE_MIRROR:+"$HRP_BARE_MIRROR"} >"$base/debootstrap.log" 2>&1 ||
        { tail -n 5 "$base/debootstrap.log" >&2; exit 1; }
    # What --include brought along as recommended packages is not there on a bare machine either.
    rm -rf "$image"/var/lib/apt/lists/* "$image"/var/cache/apt/archives/*.deb
    touch "$image/.complete"
fi

rm -rf --one-file-system "$bare"
cp -a "$image" "$bare"
attach proc proc /proc
attach tmpfs tmpfs /dev/shm
for path in ${HRP_BARE_BIND:-}; do attach bind "$path" "$path"; done
for path in /etc/resolv.conf /etc/hosts ${HRP_BARE_CARRY:-}; do
    if [ -e "$path" ]; then
        mkdir -p "$bare$(dirname "$path")"
        cp -rL "$path" "$bare$(dirname "$path")/"
    fi
done
[ "$user" = root ] || chroot "$bare" useradd --create-home "$user"
home=$(chroot "$bare" sh -c "echo ~$user")
git clone --quiet "$repo" "$bare$home/mobile-hrp"
chroot "$bare" chown -R "$user" "$home"
before=$(stat -c %a "$bare$home")

passed=()
while IFS='=' read -r name value; do
    case $name in PIP_* | UV_* | SSL_* | *_proxy | *_PROXY) passed+=("$name=$value") ;; esac
done < <(env)

inside() {
    chroot --userspec="$user" "$bare" /usr/bin/env -i HOME="$home" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
        "${passed[@]}" sh -c "cd '$home/mobile-hrp' && $1" </dev/null
}

report=()
status=0
for target in "$@"; do
    echo "== make $target (as $user)"
    began=$(date +%s.%N)
    if inside "make $target"; then verdict=passed; else verdict=FAILED status=1; fi
    report+=("$(printf '%-28s %-7s %6.1f s' "make $target" "$verdict" \
        "$(awk "BEGIN {print $(date +%s.%N) - $began}")")")
done

echo "== $(chroot "$bare" python3 --version), $(nproc) cores, as $user, HEAD $(git -C "$repo" rev-parse --short HEAD)"
printf '%s\n' "${report[@]}"
after=$(stat -c %a "$bare$home")
[ "$before" = "$after" ] || { echo "the home folder was opened: $before -> $after"; status=1; }
left=$(find /proc -maxdepth 2 -name root -lname "$bare*" 2>/dev/null | wc -l)
[ "$left" -eq 0 ] || { echo "$left processes were left behind"; status=1; }
exit $status
