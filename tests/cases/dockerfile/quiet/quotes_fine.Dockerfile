FROM debian
ENV A="it's" B='a "b"' C=it\'s D="a\"b" E="${A:-"x"}" F=$A$ G=${A}
LABEL "a b"=c description="multi \
 line"
COPY ["it\\'s", "/x"]
RUN echo it's "
CMD echo it's
# check=skip=MaintainerDeprecated
MAINTAINER O'Brien
