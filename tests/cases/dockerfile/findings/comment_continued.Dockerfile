FROM debian
RUN apt-get update && \
    apt-get install -y curl && \
    make # all of it \
    && make install
RUN # first \
    # a line of its own
    true
# None of these is a comment that takes in more.
RUN echo "a # b" '# c' a#b $# ${#x} \# d\ #e && \
    true `# a trick` && \
    # a line of its own
    echo x # the last one
CMD ["sh", "-c", \
     "x # y"]
RUN <<EOF
a # b \
c
EOF
HEALTHCHECK CMD curl localhost # note \
  || exit 1
RUN <<E bash # note \
  x
hi
E
