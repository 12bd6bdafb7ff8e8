#!/usr/bin/env bash
# Makes `.peers/node_modules` with the Node peers of the end-to-end tests, at pinned versions.
set -euo pipefail
cd "$(dirname "$0")/../.."

pins=(smpp@0.5.1 ws@8.23.0 jssip@3.13.8 sip.js@0.21.2 esbuild@0.25.12)
stamp=.peers/pins
[ "$(cat "$stamp" 2>/dev/null)" != "${pins[*]}" ] || exit 0
echo "setup: installs ${pins[*]} into .peers"
mkdir -p .peers
npm install --prefix .peers --no-save --no-audit --no-fund --silent "${pins[@]}"
echo "${pins[*]}" > "$stamp"
