FROM debian
RUN <<EOF
x
EOF 
 EOF
EOF
RUN y
