#!/usr/bin/env bash
# A PostgreSQL server of its own for tests, from Debian's package, over a unix socket alone.
#   postgres.sh start FOLDER   starts it, and prints its address without a database
#   postgres.sh stop FOLDER    ends it at once; again FOLDER starts it once more
#   postgres.sh with CMD...    runs a command with SIGNALBOX_POSTGRES set, and ends it afterwards
set -euo pipefail

# PostgreSQL refuses to run as root.
as_server=()
[ "$(id -u)" != 0 ] || as_server=(setpriv --reuid postgres --regid postgres --clear-groups)

bin=$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -1)
[ -n "$bin" ] || { echo 'postgres.sh: no PostgreSQL; run: make setup-test' >&2; exit 1; }
bin=${bin%/initdb}

start() {
    mkdir -p "$1"
    [ "$(id -u)" != 0 ] || chown postgres "$1"
    "${as_server[@]}" "$bin/initdb" --pgdata "$1/data" --username signalbox --auth trust \
        --encoding UTF8 --locale C --no-sync >"$1/log"
    again "$1"
    echo "host=$1 user=signalbox"
}

again() {
    "${as_server[@]}" "$bin/pg_ctl" --pgdata "$1/data" --log "$1/server.log" --wait --silent \
        -o "-k '$1' -c listen_addresses='' -c fsync=off -c max_connections=200" start >&2
}

stop() {
    "${as_server[@]}" "$bin/pg_ctl" --pgdata "$1/data" --mode immediate --silent stop >&2
}

case ${1:-} in
    start) cd / && start "$2" ;;
    again) cd / && again "$2" ;;
    stop) cd / && stop "$2" ;;
    with)
        shift
        folder=$(mktemp -d)
        trap 'cd / && stop "$folder"; rm -rf "$folder"' EXIT
        SIGNALBOX_POSTGRES=$(cd / && start "$folder")
        export SIGNALBOX_POSTGRES
        "$@"
        ;;
    *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
