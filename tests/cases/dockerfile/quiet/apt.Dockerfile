FROM debian:bookworm-slim

# install things
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		ca-certificates \
# comment in the list
		curl \
		\
		git \
	; \
	rm -rf /var/lib/apt/lists/*
