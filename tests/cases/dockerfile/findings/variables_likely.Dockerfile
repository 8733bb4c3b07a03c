FROM debian AS a
ARG PORT=80
RUN --mount=type=cache,target=/x/$PROT --mount=type=bind,from=debian,source=$PORT,target=/y echo $PROT
COPY $src /x
EXPOSE $PROT
ARG src
FROM debian
ARG src2
COPY $src /x
COPY $TARGETPLATFROM app-$TARGETARCH /x
COPY <<E /x
one
two $scr2 ${PROT} src $src
E
# An image may set these.
COPY $HOME $NODE_VERSION $PORT_VERSION /x
ENV LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH
ENV A=$BUILDKIT_SBOM_SCAN_CONTEXT
