FROM debian
RUN ["a", "b c", "\u00e9\n"]
CMD []
ENTRYPOINT [ "x" ,"y" ]
SHELL ["/bin/bash", "-c"]
VOLUME ["/a", "/b"]
COPY ["a b", "c"]
ADD ["x", "/y"]
