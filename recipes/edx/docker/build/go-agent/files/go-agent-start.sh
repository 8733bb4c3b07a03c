#!/bin/bash
# Registers the agent with the server that the container was given, and starts it.
set -e
sed -i -e "s/GO_SERVER=.*/GO_SERVER=${GO_SERVER:-go-server}/" \
    -e "s/GO_SERVER_PORT=.*/GO_SERVER_PORT=${GO_SERVER_PORT:-8153}/" /etc/default/go-agent
mkdir -p /var/lib/go-agent/config
{
    echo "agent.auto.register.key=${AGENT_KEY:?the key that the server knows}"
    echo "agent.auto.register.resources=${AGENT_RESOURCES:-}"
    echo "agent.auto.register.environments=${AGENT_ENVIRONMENTS:-}"
} > /var/lib/go-agent/config/autoregister.properties
exec /sbin/setuser go /etc/init.d/go-agent start
