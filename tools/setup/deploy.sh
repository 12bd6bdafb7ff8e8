#!/usr/bin/env bash
# What `make accept-deploy` and `make package` run: Ansible from PyPI in `.ansible`, and cargo-deb
# beside what cargo builds.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=${CARGO_TARGET_DIR:-target}/tools
cargo_deb=3.8.0
if [[ "$("$tools/bin/cargo-deb" --version 2>/dev/null)" != *"$cargo_deb" ]]; then
    echo "setup: installs cargo-deb $cargo_deb into $tools"
    cargo install --quiet --root "$tools" cargo-deb --version "$cargo_deb" --no-default-features
fi
[ "${1:-}" != package ] || exit 0
stamp=.ansible/pins
if ! cmp -s ansible/requirements.txt "$stamp"; then
    echo 'setup: installs ansible/requirements.txt into .ansible'
    [ -x .ansible/bin/pip ] || python3 -m venv .ansible
    .ansible/bin/pip install --quiet --disable-pip-version-check -r ansible/requirements.txt
    cp ansible/requirements.txt "$stamp"
fi
