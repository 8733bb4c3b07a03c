FROM debian
RUN echo ${a?} ${b:?x} <<E
E
RUN echo $? $! $@ $1a <<E
E
