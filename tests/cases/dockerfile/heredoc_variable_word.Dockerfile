FROM debian
RUN <<$X
a
$X
RUN <<${Y:-z}
b
${Y:-z}
RUN c
