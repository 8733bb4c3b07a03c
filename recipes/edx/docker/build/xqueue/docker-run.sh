#!/bin/bash
# xqueue logs by syslog.
set -e
/usr/sbin/rsyslogd
exec /edx/app/supervisor/venvs/supervisor/bin/supervisord --nodaemon --configuration /edx/app/supervisor/supervisord.conf
