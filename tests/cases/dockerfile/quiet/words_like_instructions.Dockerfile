FROM debian
RUN echo "FROM scratch\n\
COPY a b\n\
RUN x" > Dockerfile && \
    run parts && copy x y \
    add z
RUN printf '%s\n' \
    "USER root" \
    'RUN x' \
    RUN=x \
    ENV
ENV USER=root \
HOME=/root \
RUN_MODE=x
LABEL maintainer=x \
  RUN="docker run -it x" \
  CMD="y"
