FROM debian
RUN [ -f x ] && y
RUN [[ a == b ]]
CMD [a]
CMD ['a']
ENTRYPOINT ["a",]
VOLUME [/a]
COPY [a b] c
CMD ["a"
