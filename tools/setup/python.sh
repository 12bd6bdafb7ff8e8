#!/usr/bin/env bash
# Makes `.venv` with the Python peers of the end-to-end tests, at the versions they were tried with.
set -euo pipefail
cd "$(dirname "$0")/../.."

pins=(smpplib==2.2.4 smpp34==1.5.0 aiosmpplib==0.7.4 pycrate==0.8.1 schemathesis==4.32.5
    pyarrow==26.0.1 duckdb==2.0.0)
stamp=.venv/pins
[ "$(cat "$stamp" 2>/dev/null)" != "${pins[*]}" ] || exit 0
echo "setup: installs ${pins[*]} into .venv"
[ -x .venv/bin/pip ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "${pins[@]}"
echo "${pins[*]}" > "$stamp"
