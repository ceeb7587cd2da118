#!/usr/bin/env bash
# Builds everything and runs all tests; installs what they need on Debian and Ubuntu.
#   bash tests/run.sh [--fast] [--rabbitmq 3|4] [--docker | --no-docker] [--filter EXPR]
# The integration tests use a real RabbitMQ and a real PostgreSQL: in containers when a Docker engine has or can pull their
# images, else as private local processes.
#   --fast         only the fast tests, which need neither
#   --rabbitmq N   this major version of RabbitMQ; 4 is fetched where this machine's packages have only 3
#   --docker       fail rather than use local processes;  --no-docker  leave Docker alone
#   --filter EXPR  only these tests, such as FullyQualifiedName~Ledger
# LLMBROKER_TEST_RABBITMQ (with LLMBROKER_TEST_RABBITMQ_MANAGEMENT) and LLMBROKER_TEST_POSTGRES name servers that run already,
# LLMBROKER_TEST_RABBITMQ_IMAGE and LLMBROKER_TEST_POSTGRES_IMAGE other images.
set -euo pipefail
cd "$(dirname "$0")/.."

fast= major= docker=auto filter=
while [ $# -gt 0 ]; do
    case $1 in
        --fast) fast=1 ;;
        --rabbitmq) major=${2:?--rabbitmq needs 3 or 4}; shift ;;
        --docker) docker=always ;;
        --no-docker) docker=never ;;
        --filter) filter=${2:?--filter needs an expression}; shift ;;
        -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit ;;
        *) echo "tests/run.sh: unknown option '$1', see --help" >&2; exit 2 ;;
    esac
    shift
done
case $major in '' | 3 | 4) ;; *) echo "tests/run.sh: --rabbitmq takes 3 or 4, not '$major'" >&2; exit 2 ;; esac

fail() { echo "tests/run.sh: $*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then sudo "$@"
    else return 1
    fi
}

# The tests start their own servers: those of the packages must not be started just because they were installed.
install_packages() {
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "install these yourself, there is no apt-get here: $*"
    echo "Installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive sh -euc '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$policy"
            chmod +x "$policy"
        fi
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    ' sh "$@" || fail "could not install packages. As root: apt-get install $*"
}

first_image() {
    local image
    for image; do
        if docker image inspect "$image" >/dev/null 2>&1; then echo "$image"; return; fi
    done
    for image; do
        if timeout 900 docker pull -q "$image" >/dev/null 2>&1; then echo "$image"; return; fi
    done
    return 1
}

use_docker() {
    docker info >/dev/null 2>&1 || { echo "No Docker engine answers."; return 1; }
    local wanted=${major:-4} rabbitmq postgres
    rabbitmq=$(first_image ${LLMBROKER_TEST_RABBITMQ_IMAGE:-"rabbitmq:$wanted-management" "llmbroker-test/rabbitmq:$wanted"}) &&
        postgres=$(first_image ${LLMBROKER_TEST_POSTGRES_IMAGE:-postgres:17 llmbroker-test/postgres:17}) || {
        echo "The Docker engine has no images of RabbitMQ and PostgreSQL and can pull none (tests/images/build.sh makes some)."
        return 1
    }
    export LLMBROKER_TEST_DOCKER=always LLMBROKER_TEST_RABBITMQ_IMAGE=$rabbitmq LLMBROKER_TEST_POSTGRES_IMAGE=$postgres
    echo "Integration tests: containers of $rabbitmq and $postgres"
}

use_local_processes() {
    export LLMBROKER_TEST_DOCKER=never
    local missing=()
    [ -n "${LLMBROKER_TEST_RABBITMQ:-}" ] || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
    [ -n "${LLMBROKER_TEST_POSTGRES:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    install_packages "${missing[@]}"

    if [ -n "${LLMBROKER_TEST_RABBITMQ:-}" ]; then
        echo "Integration tests: the RabbitMQ of LLMBROKER_TEST_RABBITMQ"
        return
    fi
    local installed
    installed=$(dpkg-query -W -f '${Version}' rabbitmq-server)
    if [ -n "$major" ] && [ "${installed%%.*}" != "$major" ]; then
        [ "$major" = 4 ] || fail "RabbitMQ $major is not among this machine's packages (they have $installed). Use --docker."
        fetch_rabbitmq_4
        installed="4, from $LLMBROKER_TEST_RABBITMQ_ROOT"
    fi
    echo "Integration tests: local processes, RabbitMQ $installed"
}

fetch_rabbitmq_4() {
    export LLMBROKER_TEST_RABBITMQ_ROOT=${XDG_CACHE_HOME:-$HOME/.cache}/llmbroker-tests/rabbitmq4
    [ ! -e "$LLMBROKER_TEST_RABBITMQ_ROOT/.complete" ] || return 0
    command -v debootstrap >/dev/null || install_packages debootstrap
    echo "Fetching RabbitMQ 4 into $LLMBROKER_TEST_RABBITMQ_ROOT (once, about a minute)"
    mkdir -p "$(dirname "$LLMBROKER_TEST_RABBITMQ_ROOT")"
    local log
    log=$(mktemp)
    as_root bash tests/images/debian-root.sh "$LLMBROKER_TEST_RABBITMQ_ROOT" rabbitmq >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; fail "could not make the Debian with RabbitMQ 4: it needs root (or sudo) and Debian's mirror."; }
    rm "$log"
}

prepare_real_parts() {
    local missing=()
    # The example producers in other languages are run too; Node's own package brings npm with it, Debian's does not.
    /usr/bin/python3 -c 'import pika' 2>/dev/null || missing+=(python3-pika)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    install_packages "${missing[@]}"

    [ -z "$major" ] || export LLMBROKER_TEST_RABBITMQ_VERSION=$major
    if [ "$docker" != never ] && use_docker; then return; fi
    [ "$docker" != always ] || fail "--docker was asked for."
    use_local_processes
}

# The channel description is checked by a validator of the AsyncAPI initiative, which is a package for Node.
check_asyncapi() {
    (cd tests/asyncapi && npm ci --silent --no-audit --no-fund && npm run --silent validate)
}

# The vendor simulator is judged by code that is not ours: the vendors' own clients, which are packages for Node.
check_vendor_clients() {
    node -e 'process.exit(parseInt(process.versions.node, 10) < 20 ? 1 : 0)' || { echo "The vendors' clients need Node 20, this is $(node --version)" >&2; return 1; }
    (cd tests/vendor-clients && npm ci --silent --no-audit --no-fund && npm test --silent)
}

command -v dotnet >/dev/null || fail "the .NET SDK $(sed -n 's/.*"version": "\([0-9]*\)\..*/\1/p' global.json) is missing: https://dot.net"
projects=(tests/LlmBroker.Tests)
if [ -z "$fast" ]; then
    prepare_real_parts
    projects+=(tests/LlmBroker.IntegrationTests)
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet restore LlmBroker.sln --locked-mode
dotnet build LlmBroker.sln --no-restore -c Release

# What servers leave behind when a test host is killed goes with this folder. PostgreSQL's own user must get through it.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/llmbroker-tests.XXXXXX")
chmod 711 "$scratch"
trap 'rm -rf "$scratch" || true' EXIT

results=$PWD/TestResults
rm -rf "$results"
failures=0
for project in "${projects[@]}"; do
    # Exit code 8 says that no test ran, which is fine for one of the projects under a filter. A test that hangs is named, and ended.
    TMPDIR=$scratch dotnet test --project "$project" --no-build -c Release --no-progress --ignore-exit-code 8 \
        --long-running 120 --timeout 30m \
        --results-directory "$results" --report-xunit-trx --report-xunit-trx-filename "${project##*/}.trx" \
        ${filter:+--filter "$filter"} || failures=1
done

# -a: what a failed test printed may be no text.
read -r total passed failed < <(cat "$results"/*.trx | grep -ao '<Counters [^>]*>' | awk '
    function count(name) { return match($0, " " name "=\"[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0 }
    { total += count("total"); passed += count("passed"); failed += count("failed") }
    END { print total + 0, passed + 0, failed + 0 }') || true
skipped=$((total - passed - failed))
if [ -z "$fast$filter" ]; then
    for check in check_asyncapi check_vendor_clients; do
        if $check; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
fi
echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failures" = 0 ] && [ "$failed" = 0 ] && [ $((passed + failed)) -gt 0 ]
