#!/bin/sh
# Installs the package from its wheels, and what serves it: nginx before uwsgi, both held by supervisord.
set -eu
. /bundle/base_vars.sh
. "$BUNDLE_WHEELS/config.env"
apt-get update
apt-get install -y cron nginx-light supervisor uwsgi-core uwsgi-plugin-python3 "python$PYTHON" "python$PYTHON-venv"
rm -rf /var/lib/apt/lists/*
cp "$BUNDLE_WHEELS/config.env" /bundle/
install -d -o "$BUNDLE_USER" -g "$BUNDLE_USER" /config /media /scripts
"python$PYTHON" -m venv "$BUNDLE_VENV"
"$BUNDLE_VENV/bin/pip" install --no-cache-dir --disable-pip-version-check --no-index --find-links "$BUNDLE_WHEELS" \
    "$PACKAGE==$VERSION"
