FROM debian
RUN cat <<EOF|wc
hi
EOF
