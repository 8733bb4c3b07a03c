FROM debian
RUN <<--E
x
-E
RUN y
