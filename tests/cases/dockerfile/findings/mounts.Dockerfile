FROM debian AS builder
FROM debian
RUN --mount=type=cahce,target=/x true
RUN --mount=type=volume,target=/x true
RUN --mount=type=cache,targt=/x true
RUN --mount=type=cache,target=/x,\
    sharing=loked true
RUN --mount=type=cache,target=/x,colour=red true
RUN --mount=cache,target=/x true
RUN --mount=type=cache,target true
RUN --mount=type=secret,id=x,requird true
RUN --mount=type=cache,target=/x, true
RUN --mount= true
RUN --mount=type=cache true
RUN --mount=type=bind,from=builder,target=/ true
RUN --mount=type=cache,target=/x,mode=rwx true
RUN --mount=type=cache,target=/x,uid=root true
RUN --mount=type=cache,target=/x,readonly=yes true
RUN --mount=type=bind,target=/x,uid=3 true
RUN --mount=type=secret,id=x,from=builder true
RUN --mount=type=cache,target=/x,required true
RUN --mount=required,type=secret,id=x true
RUN --network=nnoe --mount=type=tmpfs,target=/x,sharing=locked true
RUN --network=bridge true
RUN --security=insecur true
