FROM debian
ENV a=b c=d
ENV e f g
