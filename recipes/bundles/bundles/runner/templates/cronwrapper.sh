#!/bin/sh
# Runs a management command of ${project_name} as a job: with the environment that cron does not pass on, never twice at a
# time, and with all that it says in the container's log, and in the machine's where /dev/log is mounted.
usage="cronwrapper.sh [--all] [--environment NAME] [--fleet NAME] [--kill-previous] COMMAND [ARGUMENTS]"
export DJANGO_SETTINGS_MODULE=${project_name}.settings ${config_variable}=${config} PATH=${venv}/bin:$$PATH

# setting SECTION KEY, of the settings that the image runs with
setting() { sed -n "/^\[$$1\]/,/^\[/s/^$$2 *= *//p" ${config} | head -n 1; }

kill_previous=no
while [ $$# -gt 0 ]; do
    case $$1 in
    --all | --master) ;;
    --kill-previous) kill_previous=yes ;;
    --environment) [ "$$(setting DEFAULT environment)" = "$$2" ] || exit 0; shift ;;
    --fleet) [ "$$(setting fleet id)" = "$$2" ] || exit 0; shift ;;
    *) break ;;
    esac
    shift
done
[ $$# -gt 0 ] || { echo "$$usage" >&2; exit 1; }
job=${run}/cron-$$1

report() {
    sed "s/^/cron $$2: /" "$$1" >> ${run}/cron.out
    [ ! -S /dev/log ] || logger -t "${project_name}.cron.$$2" -f "$$1"
}

if previous=$$(cat "$$job.pid" 2> /dev/null) && kill -0 "$$previous" 2> /dev/null; then
    if [ $$kill_previous = no ]; then
        echo "the previous run still runs, as $$previous" > "$$job.said"
        report "$$job.said" "$$1"
        exit 1
    fi
    kill "$$previous"
fi
django-admin "$$@" > "$$job.log" 2>&1 &
echo $$! > "$$job.pid"
wait $$!
status=$$?
echo "ended with status $$status" >> "$$job.log"
report "$$job.log" "$$1"
rm -f "$$job.pid"
exit $$status
