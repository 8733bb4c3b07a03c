FROM debian
RUN echo a \
 && echo b
CMD ["x"]
