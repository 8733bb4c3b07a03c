# check=skip=JSONArgsRecommended
# What is built
FROM debian

# check=skip=UndefinedVar

# more of it
RUN x
