FROM debian
RUM apt-get update
frm x
PYTHON x
FOO bar
