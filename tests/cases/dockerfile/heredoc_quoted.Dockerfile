FROM debian
RUN <<'EOF'
echo $x
EOF
RUN <<"E F"
x
E F
RUN y
