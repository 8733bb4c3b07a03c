FROM debian
RUN echo "@" && \
  cat /etc/foo@bar
ENV A=${B:-c}