#!/usr/bin/env bash
# Makes the images llmbroker-test/rabbitmq:4 and llmbroker-test/postgres:17 from Debian's packages, for a machine whose Docker
# engine reaches no image registry:
#   bash tests/images/build.sh
# They understand the variables of the official images rabbitmq:4-management and postgres:17 and can stand in for them.
set -euo pipefail
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] || { echo "build.sh: must be run as root" >&2; exit 1; }
cache=${XDG_CACHE_HOME:-$HOME/.cache}/llmbroker-tests

image() { # PART MAJOR
    local root=$cache/$1$2 context
    bash debian-root.sh "$root" "$1"
    context=$(mktemp -d)
    trap 'rm -rf "$context"' RETURN
    cp "$1"/* "$context"
    tar -c -C "$root" -f "$context/root.tar" .
    docker build -q -t "llmbroker-test/$1:$2" "$context"
}

image rabbitmq 4
image postgres 17
