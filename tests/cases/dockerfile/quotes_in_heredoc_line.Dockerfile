FROM debian
RUN bash -c "cat <<A" <<B
x
B
RUN echo "a\"b" <<C
C
