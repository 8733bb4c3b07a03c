FROM debian
RUN echo ${x^^} <<EOF
RUN b
