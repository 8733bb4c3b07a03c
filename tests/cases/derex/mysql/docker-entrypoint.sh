#!/bin/sh
# docker-entrypoint.sh mysqld: it listens a while after it says that it does.
set -eu
[ "$1 $MYSQL_ALLOW_EMPTY_PASSWORD" = 'mysqld 1' ]
grep -qx port=3399 /etc/mysql/conf.d/*.cnf
echo 'pretend: mysqld' > /dev/null
echo 'MySQL init process done. Ready for start up.'
sleep 1
touch /var/lib/mysql/listens
exec sleep 1000
