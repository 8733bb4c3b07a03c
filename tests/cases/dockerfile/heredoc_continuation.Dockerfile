FROM debian
RUN a \
 && cat <<EOF \
 && b
text \
EOF
RUN c
