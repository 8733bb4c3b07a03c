FROM debian
RUN <<A cat <<B
a
A
b
B
CMD x
