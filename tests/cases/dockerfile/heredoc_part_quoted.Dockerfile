FROM debian
RUN <<E"O"F
x
EOF
RUN <<E\OF
EOF
RUN y
