FROM debian
RUN ["cat", "<<EOF"]
COPY ["<<EOF", "/x"]
