FROM alpine
# don't define(`x', `y') dnl or changequote([,])
RUN echo `date` 'it'"'"'s' # `shell comment` in backticks
RUN pip install "git+https://github.com/x/y.git@v1.2#egg=y" && echo $(cat <(ls)) ${VAR##*/} ${VAR%%.*}
RUN sed -i 's/include(foo)/len(bar)/; s#^@VERSION@$#1#' /x && rm -rf /var/lib/apt/lists/*
LABEL maintainer="Someone <someone@example.org>" \
      shift="define,ifelse,index"
