#!/bin/sh
# Let the SDKs that others made talk to our fakes of DingTalk and WeChat.
#
# They bring some forty packages that nothing else needs, so they get an environment of their own
# (var/sdk-proofs) and the tests that use them are not collected by `make test`.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || { echo "run 'make deps' first: it brings uv" >&2; exit 1; }
venv=var/sdk-proofs

[ -x "$venv/bin/python" ] || "$uv" venv --quiet --python .venv/bin/python "$venv"
"$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements.lock
"$uv" pip install --quiet --python "$venv/bin/python" --group sdk-proofs
# Warnings of the SDKs are theirs to mend.
export PYTHONPATH=src
exec "$venv/bin/python" -m pytest -q -W default tests/sdk_proofs/dingtalk.py \
    tests/sdk_proofs/stream.py tests/sdk_proofs/wechat.py "$@"
