# syntax=docker/dockerfile:1-labs
FROM debian
RUN --device=nmae=nvidia.com/gpu=all x
RUN --device=/dev/fuse x
RUN --device=a=b --device= --device=name= x
RUN --device=vendor.com/gpu=all,requird x
# These may well be there.
RUN --device=vendor.com/gpu=all,required --device=name=vendor.com/gpu --device=gpus --device=vendor.com/gpu=* x
