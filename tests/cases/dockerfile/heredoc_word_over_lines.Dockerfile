FROM debian
RUN cat <\
<EOF
x
EOF
RUN c
