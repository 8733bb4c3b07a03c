# syntax=docker/dockerfile:1
FROM debian
RUN <<A sh && cat <<-"B"
RUN x

# c
A
	FROM y
	B
COPY <<C <<D /dir/
it's
C
"
D
