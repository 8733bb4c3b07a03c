#!/bin/sh
# 00_install_python.sh VERSION: Python with all that compiling takes.
set -eu
. /bundle/base_vars.sh
apt-get update
if ! apt-cache show "python$1" > /dev/null 2>&1; then
    . /etc/os-release
    echo "this release, $VERSION_CODENAME, has no Python $1; it has: $(apt-cache pkgnames python3. | grep -x 'python3\.[0-9]*' | xargs)" >&2
    exit 1
fi
apt-get install -y build-essential "python$1" "python$1-dev" "python$1-venv"
rm -rf /var/lib/apt/lists/*
"python$1" -m venv "$BUNDLE_VENV"
