FROM debian
RUN cat <<A <<B
A
