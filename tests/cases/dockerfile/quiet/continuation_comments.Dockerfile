FROM debian
RUN a \
# comment
    # indented comment \
 && b \
#
 && c
