FROM debian
RUN --mount=type=secret x
RUN --mount=type=secret,required=true,env=X x
RUN --mount=type=secret,id=a --mount=type=secret,target=/b x
RUN --mount=type=tmpfs,target=/t,size=1q x
RUN --mount=type=tmpfs,target=/t,size=64m --mount=type=tmpfs,target=/u,size=1.5GiB --mount=type=tmpfs,target=/v,size=100 x
RUN --mount=type=secret,src=a,id=b x
RUN --mount=type=tmpfs,target=/t,size=-1 --mount=type=tmpfs,target=/u,size=1.5.2g --mount=type=tmpfs,target=/v,size=0x10 x
RUN --mount=type=cache,target= --mount=type=tmpfs,target x
RUN --mount=type=bind,source=a,target=/x,requird y
