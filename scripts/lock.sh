#!/bin/sh
# Write requirements.lock and scripts/uv.txt anew: exact versions with hashes, no registry address.
#
#   scripts/lock.sh                keep what is locked, add what pyproject.toml asks for now
#   scripts/lock.sh --upgrade      take the newest versions that install together
#   scripts/lock.sh -P NAME        upgrade one package (any option of `uv pip compile` works)
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || { echo "run 'make deps' first: it brings uv" >&2; exit 1; }

compile() {
    # --universal: one file for Python 3.11 to 3.13 and for each platform, through markers.
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}

compile --extra embedded --group dev --output-file requirements.lock "$@" pyproject.toml
echo "uv==$("$uv" --version | cut -d' ' -f2)" | compile --output-file scripts/uv.txt - 2>/dev/null

if grep -nE '://|--(index|extra-index|find-links)' requirements.lock scripts/uv.txt; then
    echo "a registry address got into the lock" >&2
    exit 1
fi
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
