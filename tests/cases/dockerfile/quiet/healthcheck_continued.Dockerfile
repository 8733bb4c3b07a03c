FROM debian
HEALTHCHECK --interval=5s \
# comment
  --timeout=3s \
CMD curl -f http://localhost/ || exit 1
ONBUILD \
RUN make
