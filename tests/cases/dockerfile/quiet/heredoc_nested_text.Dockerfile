FROM debian
RUN cat > Dockerfile <<EOF
FROM x
RUN <<IN
y
IN
EOF
RUN z
