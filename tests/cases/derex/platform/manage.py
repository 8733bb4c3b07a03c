#!/bin/sh
# manage.py SERVICE COMMAND, with settings that are installed.
set -eu
[ "$1" = "$SERVICE_VARIANT" ]
test -e "/site/$(echo "$DJANGO_SETTINGS_MODULE" | tr . /).py"
case $2 in
migrate)
    # Where the server keeps its data; a database that nobody has made is an error.
    test -e /mysql/var/lib/mysql/edxapp
    echo "$1 of $DEREX_OPENEDX_VERSION migrated" >> /mysql/var/lib/mysql/edxapp
    ;;
compile_sass) [ "$3" = "$1" ] && touch "common/static/$1.css" ;;
collectstatic) mkdir -p /openedx/staticfiles && cp common/static/*.* common/static/xmodule/* /openedx/staticfiles/ ;;
compilemessages | compilejsi18n) echo "$1 $2" >> conf/locale/pulled ;;
*) exit 1 ;;
esac
