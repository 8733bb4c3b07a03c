#!/bin/sh
# cronwrapper.sh COMMAND...: runs a job of ${project_name} with the environment that cron does not pass on.
export DJANGO_SETTINGS_MODULE=${project_name}.settings
export ${config_variable}=${run}/settings.ini
exec 9> ${run}/cron.lock
flock -n 9 || exit 0
echo "$$(date -u) $$$$ $$*"
exec "$$@"
