FROM debian
RUN <<EOF
apt-get update
RUN not an instruction
# no comment
EOF
RUN after
