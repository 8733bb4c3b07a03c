FROM debian
RUN a \
# the end
RUN b
