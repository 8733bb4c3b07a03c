  FROM debian
	RUN x
    COPY a b
