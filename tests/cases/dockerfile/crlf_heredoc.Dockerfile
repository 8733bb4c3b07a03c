FROM debian
RUN <<EOF
echo a
EOF
RUN x
