#!/usr/bin/env bash
# Makes the root folder of a small Debian 13 that has RabbitMQ 4 or PostgreSQL 17:
#   debian-root.sh ROOT rabbitmq|postgres
# Needs root and debootstrap. A root that is already complete is left as it is.
set -euo pipefail
suite=trixie
root=${1:?ROOT} part=${2:?rabbitmq or postgres}
case $part in
    rabbitmq) package=rabbitmq-server ;;
    postgres) package=postgresql-17 ;;
    *) echo "debian-root.sh: unknown part '$part', use rabbitmq or postgres" >&2; exit 2 ;;
esac
[ ! -e "$root/.complete" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "debian-root.sh: must be run as root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debian-root.sh: debootstrap is missing (apt-get install debootstrap)" >&2; exit 1; }

# Where this machine gets Debian from, and through which proxy; without an answer debootstrap's own default is taken.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | sort -u | head -n 1)
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "${proxy:-}" ] || export http_proxy=$proxy

# What an interrupted run left is of no use, and holds no mounts: those below live in a namespace of their own.
rm -rf --one-file-system "$root"
mkdir -p "$root"
debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"}

# Nothing may start while packages are installed, and PostgreSQL's default cluster is not wanted.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/etc/postgresql-common/createcluster.d"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.d/none.conf"
unshare --mount --propagation private sh -euc '
    mount -t proc proc "$1/proc"
    DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$1" apt-get install -y --no-install-recommends "$2"
    chroot "$1" apt-get clean
' sh "$root" "$package"
touch "$root/.complete"
