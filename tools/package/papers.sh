#!/usr/bin/env bash
# Writes what the package brings beside the programs: man pages and completions, from the program
# itself.   papers.sh FOLDER-OF-THE-PROGRAMS
set -euo pipefail

papers=$1/papers
rm -rf "$papers"
mkdir -p "$papers"
"$1/signalbox" man "$papers/man" 2>/dev/null
gzip --best --no-name "$papers"/man/*.1
for shell in bash zsh fish; do
    "$1/signalbox" completions "$shell" > "$papers/signalbox.$shell"
done
