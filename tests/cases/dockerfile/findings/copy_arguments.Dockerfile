FROM debian
COPY a
ADD
COPY --from=x
COPY a <<EOF
EOF
