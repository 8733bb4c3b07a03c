#!/bin/sh
# The jobs of the image run as its user, with the environment of the services: through cronwrapper.sh.
set -eu
. /bundle/base_vars.sh
rm -f /etc/cron.d/* /etc/cron.daily/*
cat > /etc/cron.d/bundle << CRON
SHELL=/bin/sh
# Each script in the folder of a period: hourly/backup runs once an hour.
0 * * * *  $BUNDLE_USER  run-parts --arg=cron /scripts/hourly  2> /dev/null
30 3 * * * $BUNDLE_USER  run-parts --arg=cron /scripts/daily   2> /dev/null
CRON
chmod 0644 /etc/cron.d/bundle
