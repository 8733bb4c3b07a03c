FROM debian
ADD --chmod=755 <<-EOF /run.sh
	#!/bin/sh
	echo x
	EOF
