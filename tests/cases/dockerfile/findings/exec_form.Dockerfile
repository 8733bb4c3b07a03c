FROM debian
CMD ['a', 'b']
ENTRYPOINT ["a",]
VOLUME [/media]
CMD [a, b]
CMD [“a”]
RUN ['apt-get', 'update']
CMD ["a" "b"]
CMD ["a", "b"] c
CMD [ 'a' ]
