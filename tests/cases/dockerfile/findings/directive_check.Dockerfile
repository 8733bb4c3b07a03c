FROM debian
# check=skip=all
#
RUN x
  # check=skip=all
RUN y
# check=skip=JSONArgsRecommended
# check=skip=UndefinedVar
RUN z
# check=error=true
