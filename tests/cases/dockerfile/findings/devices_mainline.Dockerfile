FROM debian
RUN --device=vendor.com/gpu=all x
