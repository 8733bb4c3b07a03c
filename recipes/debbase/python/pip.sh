#!/bin/sh
# pip.sh ARGUMENTS...: pip with a umask of its own. It passes on the caller's, and a service that runs as another user could
# not read what was installed under 077.
umask 022
exec pip "$@"
