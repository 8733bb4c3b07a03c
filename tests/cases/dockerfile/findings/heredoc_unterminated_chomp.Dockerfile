FROM debian
COPY <<-END /x
x
  END
