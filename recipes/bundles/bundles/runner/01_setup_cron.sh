#!/bin/sh
# The jobs of the image are those of the package's own `crontab`, a file beside its code in the form of /etc/cron.d: as the
# image's user instead of www-data, through the image's cronwrapper.sh instead of the one that is named there.
set -eu
. /bundle/base_vars.sh
. /bundle/config.env
rm -f /etc/cron.d/* /etc/cron.daily/*
crontab=$("$BUNDLE_VENV/bin/python" - "$PROJECT_NAME" << 'FIND'
import importlib.util, pathlib, sys
found = importlib.util.find_spec(sys.argv[1])
print(pathlib.Path(found.origin).parent / "crontab" if found and found.origin else "")
FIND
)
[ -e "$crontab" ] || exit 0
sed -e "s@\([[:space:]]\)www-data\([[:space:]]\)@\1$BUNDLE_USER\2@" \
    -e 's@\([[:space:]]\)[^[:space:]]*/cronwrapper\.sh\([[:space:]]\)@\1/run/bundle/cronwrapper.sh\2@' \
    "$crontab" > /etc/cron.d/bundle
chmod 0600 /etc/cron.d/bundle
