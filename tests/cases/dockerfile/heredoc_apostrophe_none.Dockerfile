FROM debian
RUN echo it's <<EOF
RUN b
