#!/usr/bin/env bash
# Makes `.guests/base`: a Debian by debootstrap, from which the hosts of `make accept-deploy` are
# copied. It holds what a hosting company's Debian holds, and the packages that our role installs:
# the guests have no way to a mirror. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=systemd,systemd-sysv,dbus,libpam-systemd,python3-minimal,python3-apt,iproute2,procps
packages+=,openssh-server,ca-certificates,nftables,chrony,prometheus
stamp=.guests/base.packages
[ "$(cat "$stamp" 2>/dev/null)" != "$packages" ] || exit 0
[ "$(id -u)" = 0 ] || { echo 'error: guests take root: run this as root' >&2; exit 1; }
echo 'setup: makes a Debian guest in .guests/base (two minutes)'
rm -rf .guests/base "$stamp"
mkdir -p .guests
# The mirror that this machine itself uses.
mirror=$(sed -n 's/^URIs: *//p;s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | sed -n 1p || true)
debootstrap --variant=minbase --include="$packages" bookworm .guests/base ${mirror:+"$mirror"} \
    >.guests/debootstrap.log 2>&1 || { tail -5 .guests/debootstrap.log >&2; exit 1; }
echo "$packages" > "$stamp"
