# syntax=docker/dockerfile:1-labs
FROM debian AS builder
FROM debian
ARG T
RUN --mount=target=/x true
RUN --mount=TYPE=Cache,Target=/x,sharing=LOCKED true
RUN --mount=type=cache,dst=/x,id=$T,uid=1000,gid=1000,mode=0755,ro true
RUN --mount=type=cache,destination=/x,from=builder,source=/y,rw=false true
RUN --mount=type=bind,src=f,target=/x,readwrite=1,id=a true
RUN --mount=type=bind,from=,target=/x true
RUN --mount=type=tmpfs,target=/x,size=3m,from=builder,source=/etc true
RUN --mount=type=secret,target=/x,required=true,mode=0400,uid=3 true
RUN --mount=type=secret,id=x,env=A,ro true
RUN --mount=type=secret,target=/ true
RUN --mount=type=ssh --mount=type=ssh,id=x,required,from=builder true
RUN --mount=type=cache,target=$T,sharing=$T,mode=$T,uid=$T,readonly=$T true
RUN --mount=type=$T,target=/x,required true
RUN --mount=type="cache",'target=/x' true
RUN --mount="type=cache,target=/x" true
RUN --mount=type=cache,type=bind,target=/x true
RUN --network=host --security=insecure --device=vendor.com/gpu=all true
