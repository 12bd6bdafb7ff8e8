#!/usr/bin/env bash
# Fuzzes: run.sh SECONDS [TARGET ...]; every target if none is named, one after another.
#
# What libFuzzer learns on the way stays in tests/fuzz/found (not kept by git); a crash is
# written to tests/fuzz/artifacts and ends the run with 1. Put such a file into the corpus with
# a name that says what it was: `make test` replays it from then on.
set -eu -o pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: run.sh SECONDS [TARGET ...]}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(sed -n 's/^name = "\(.*_.*\|text\)"$/\1/p' fuzz/Cargo.toml)
fi

cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
# Coverage instrumentation is the compiler's, unstable by name only; no sanitizer, since the
# crates under test hold no unsafe code.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    mkdir -p "fuzz/found/$target"
    echo "fuzz: $target for $seconds s"
    log="fuzz/found/$target.log"
    if ! cargo fuzz run --sanitizer none "$target" "fuzz/found/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 >"$log" 2>&1; then
        grep -vE '^#' "$log" | tail -40
        echo "fuzz: $target found something, see tests/fuzz/artifacts/$target"
        exit 1
    fi
    grep -E 'stat::(number_of_executed_units|average_exec|new_units|peak_rss)' "$log"
done
echo 'fuzz: no finding'
