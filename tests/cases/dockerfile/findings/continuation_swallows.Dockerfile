FROM debian
RUN apt-get install -y \
    curl \
COPY . /app
ENV A=1 \
RUN make && \
RUN make install
EXPOSE 80 \
CMD ["x"]
