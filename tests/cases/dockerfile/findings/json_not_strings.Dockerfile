FROM debian
CMD [1, 2]
RUN ["a", null]
COPY ["a", ["b"]]
