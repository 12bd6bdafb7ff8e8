#!/usr/bin/env bash
# Installs the Debian packages that are missing for what is named: the lists below.
# Nothing is asked and nothing is installed twice; as another user than root it needs sudo.
set -euo pipefail

# Each entry is `what must be there=the package that brings it`.
build=(cc=build-essential)
demo=(python3=python3)
test=(
    python3=python3 venv=python3-venv node=nodejs npm=npm
    sipp=sip-tester linphone-daemon=linphone-cli baresip=baresip-core tshark=tshark
    bearerbox=kannel kamailio=kamailio kamailio-tls=kamailio-tls-modules dnsmasq=dnsmasq-base
    openssl=openssl sipsak=sipsak chromium=chromium
    sqlite3=sqlite3 pgrep=procps ss=iproute2 unshare=util-linux
    strace=strace iptables=iptables mkfs.ext4=e2fsprogs
)

unit=(pg_ctlcluster=postgresql setpriv=util-linux)
deploy=(debootstrap=debootstrap systemd-nspawn=systemd-container ssh=openssh-client)
observe=(promtool=prometheus sngrep=sngrep)
bench=(cc=build-essential valgrind=valgrind)
perf=(perf=linux-perf)

# Is it there? `venv` and Kamailio's TLS are no commands.
have() {
    case $1 in
        venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
        kamailio-tls) compgen -G '/usr/lib/*/kamailio/modules/tls.so' >/dev/null ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=()
for list in "$@"; do
    declare -n wanted=$list
    for entry in "${wanted[@]}"; do
        have "${entry%%=*}" || missing+=("${entry#*=}")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "error: missing ${missing[*]}; run as root: apt-get install ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends)
echo "setup: installs the Debian packages ${missing[*]}"
if ! "${install[@]}" "${missing[@]}" >/dev/null 2>&1; then
    # Either the lists are old or the package is not there; the second try tells.
    "${as_root[@]}" apt-get update -q >/dev/null
    "${install[@]}" "${missing[@]}" >/dev/null
fi
