FROM debianRUN x
RUN y
