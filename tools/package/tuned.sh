#!/usr/bin/env bash
# Builds the release's signalbox-dataplane by what a load tells of where its time goes
# (profile-guided optimisation): once with counters, four seconds of every path under it, and once
# more with what they counted. It takes the place of the one in target/release, with whose other
# programs it is loaded.
set -euo pipefail

target=${CARGO_TARGET_DIR:-target}
host=$(rustc --print host-tuple)
counts=$target/tuned/counts
profile=$target/tuned/counts.profdata
program=release/signalbox-dataplane
tools=$(rustc --print target-libdir)/../bin
[ -x "$tools/llvm-profdata" ] || rustup component add llvm-tools

build() { # NAME FLAG-OF-RUSTC
    echo "release: signalbox-dataplane, $1"
    RUSTFLAGS=$2 cargo build --quiet --release --package signalbox-dataplane \
        --target "$host" --target-dir "$target/tuned/$1"
}

build counting "-Cprofile-generate=$(realpath -m "$counts")"
counting=$target/tuned/counting/$host/$program
if [ ! "$profile" -nt "$counting" ]; then
    rm -rf "$counts"
    bench/run --runs 1 --seconds 4 --dataplane "$counting"
    "$tools/llvm-profdata" merge -o "$profile" "$counts"
fi
build tuned "-Cprofile-use=$(realpath "$profile")"
install -T "$target/tuned/tuned/$host/$program" "$target/$program.new"
mv "$target/$program.new" "$target/$program"
