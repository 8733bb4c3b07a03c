#!/bin/sh
# The packages and the user that compiler and runners have in common.
set -eu
. /bundle/base_vars.sh
apt-get update
apt-get install -y ca-certificates
rm -rf /var/lib/apt/lists/*
groupadd --gid "$BUNDLE_UID" "$BUNDLE_USER"
useradd --uid "$BUNDLE_UID" --gid "$BUNDLE_UID" --create-home --no-log-init --shell /bin/bash "$BUNDLE_USER"
