#!/bin/sh
# Starts RabbitMQ as the official image does: RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS name the first user.
set -eu
[ "$1" = rabbitmq-server ] || exec "$@"

mkdir -p /etc/rabbitmq/conf.d
printf 'loopback_users = none\nlog.console = true\n' >/etc/rabbitmq/conf.d/10-defaults.conf
[ -e /etc/rabbitmq/enabled_plugins ] || echo '[rabbitmq_management].' >/etc/rabbitmq/enabled_plugins
chown rabbitmq:rabbitmq /var/lib/rabbitmq /etc/rabbitmq/enabled_plugins

# The package's own script goes through su, which would stand between Docker's signals and the server.
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups /usr/lib/rabbitmq/bin/rabbitmq-server
