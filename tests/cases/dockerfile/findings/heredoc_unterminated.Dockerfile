FROM debian
RUN <<EOF
echo
  EOF
RUN x
