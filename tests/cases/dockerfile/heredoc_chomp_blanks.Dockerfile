FROM debian
RUN <<-EOF
  a
  EOF
	EOF
RUN x
