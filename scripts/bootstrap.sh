#!/bin/sh
# Make a bare machine ready: a virtual environment, the locked packages, OCR and a Chinese font.
#
# Needs python3 (3.11 or newer) with pip, nothing else: no root, no python3-venv, no compiler.
# Safe to run again; when nothing changed it is done in a blink.
#
#   PYTHON=python3.13   the interpreter to use
#   HRP_SKIP_APT=1      leave the system's packages alone
set -eu
cd "$(dirname "$0")/.."

venv=.venv
python=$venv/bin/python
stamp=$venv/.installed
apt_stamp=$venv/.apt-tried
log=$venv/bootstrap.log

say() { printf '%s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# Run a long command quietly, with a dot every second; show its output only if it fails.
step() {
    title=$1; shift
    printf '  %s ' "$title"
    began=$(date +%s)
    "$@" >"$log" 2>&1 &
    job=$!
    while kill -0 "$job" 2>/dev/null; do
        printf '.'
        sleep 1
    done
    if wait "$job"; then
        printf ' done (%s s)\n' "$(($(date +%s) - began))"
        return 0
    fi
    printf ' failed\n'
    return 1
}

must() {
    step "$@" || { cat "$log" >&2; fail "The bootstrap stopped at: $1"; }
}

make_venv() {
    base=${PYTHON:-python3}
    command -v "$base" >/dev/null 2>&1 || fail "Python is missing: install python3 and python3-pip."
    "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$base" --version) is too old: Python 3.11 or newer is needed (PYTHON=...)."
    version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $version in
        3.11 | 3.12 | 3.13) ;;
        *) say "  note: Python $version has not been tried with these packages; 3.11 to 3.13 have" ;;
    esac
    if [ -x "$python" ] && [ -n "${PYTHON:-}" ] &&
        [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" != "$version" ]; then
        rm -rf "$venv"
    fi
    if ! "$python" -c '' 2>/dev/null; then
        # Without pip, because Debian keeps ensurepip in a package of its own.
        "$base" -m venv --clear --without-pip "$venv" || fail "The virtual environment failed."
        say "  virtual environment: Python $version in $venv"
    fi
}

install_uv() {
    wanted=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' scripts/uv.txt)
    case $("$venv/bin/uv" --version 2>/dev/null || true) in
        "uv $wanted" | "uv $wanted "*) return 0 ;;
    esac
    base=${PYTHON:-python3}
    if "$base" -m pip --version >/dev/null 2>&1; then
        # The system's pip works on the environment from outside; --python is what makes a
        # distribution-managed pip (PEP 668) agree to it.
        must "fetching uv $wanted" "$base" -m pip --python "$python" install --quiet \
            --disable-pip-version-check --no-input --require-hashes -r scripts/uv.txt
    elif "$base" -c 'import ensurepip' 2>/dev/null; then
        must "adding pip" "$python" -m ensurepip
        must "fetching uv $wanted" "$python" -m pip install --quiet --disable-pip-version-check \
            --no-input --require-hashes -r scripts/uv.txt
    else
        fail "pip is missing: install python3-pip."
    fi
}

fingerprint() {
    "$python" - requirements.lock pyproject.toml scripts/uv.txt <<'PYTHON'
import hashlib
import pathlib
import sys

digest = hashlib.sha256(sys.version.encode() + str(pathlib.Path.cwd()).encode())
for name in sys.argv[1:]:
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
PYTHON
}

install_packages() {
    if [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ]; then
        return 0
    fi
    rm -f "$stamp"
    install_uv
    must "installing $(grep -c '==' requirements.lock) locked packages" \
        "$venv/bin/uv" pip install --quiet --python "$python" --require-hashes -r requirements.lock
    # The build backend comes from the lock too: nothing is downloaded outside it.
    must "installing mobile-hrp itself" \
        "$venv/bin/uv" pip install --quiet --python "$python" --no-deps --no-build-isolation -e .
    fingerprint >"$stamp"
}

has_chinese_ocr() {
    command -v tesseract >/dev/null 2>&1 && tesseract --list-langs 2>/dev/null | grep -q '^chi_sim$'
}

has_chinese_font() {
    for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/nonexistent}/.fonts" \
        "${HOME:-/nonexistent}/.local/share/fonts" /System/Library/Fonts /Library/Fonts; do
        if find "$folder" \( -iname '*cjk*' -o -iname 'wqy*' -o -iname '*sourcehan*' \
            -o -iname 'droidsansfallback*' -o -iname 'pingfang*' -o -iname '*heiti*' \) \
            2>/dev/null | grep -q .; then
            return 0
        fi
    done
    return 1
}

# Never a reason to stop: everything but reading photographs works without these packages.
install_system_packages() {
    missing=
    has_chinese_ocr || missing="tesseract-ocr tesseract-ocr-chi-sim"
    has_chinese_font || missing="$missing fonts-wqy-zenhei"
    [ -n "$missing" ] || return 0
    [ -z "${HRP_SKIP_APT:-}" ] || { note_missing "HRP_SKIP_APT is set"; return 0; }
    command -v apt-get >/dev/null 2>&1 || { note_missing "there is no apt-get here"; return 0; }
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            note_missing "installing them needs root"
            return 0
        fi
        sudo="sudo -n"
    fi
    if [ -e "$apt_stamp" ]; then
        note_missing "apt-get failed before; remove $apt_stamp to try again"
        return 0
    fi
    : >"$apt_stamp"
    # shellcheck disable=SC2086 # both are lists of words
    if apt_install $sudo; then
        rm -f "$apt_stamp"
    else
        tail -n 3 "$log" | sed 's/^/    /'
        note_missing "apt-get failed"
    fi
}

apt_install() {
    options="-q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=1 -o Acquire::http::Timeout=20
        -o DPkg::Lock::Timeout=60"
    # shellcheck disable=SC2086 # options and packages are lists of words
    {
        if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' 2>/dev/null | head -n 1)" ]; then
            step "reading the package lists" "$@" env DEBIAN_FRONTEND=noninteractive \
                apt-get $options update || return 1
        fi
        step "installing$(printf ' %s' $missing)" "$@" env DEBIAN_FRONTEND=noninteractive \
            apt-get $options install --no-install-recommends $missing && return 0
        step "reading the package lists again" "$@" env DEBIAN_FRONTEND=noninteractive \
            apt-get $options update || return 1
        step "installing$(printf ' %s' $missing)" "$@" env DEBIAN_FRONTEND=noninteractive \
            apt-get $options install --no-install-recommends $missing
    }
}

note_missing() {
    say "  note: not installed ($1): $missing"
    say "        Receipts with a text layer or a QR code are read all the same, and RapidOCR reads"
    say "        photographs; the tesseract engine and Chinese text on drawn receipts stay off."
    say "        To add them: sudo apt-get install $missing"
}

make_venv
install_packages
install_system_packages
