FROM debian
RUN echo ${a:-${b:+${c:-d}}} <<E
E
RUN echo ${a:-<<E}
