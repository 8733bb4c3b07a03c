FROM debian
RUN [ -f /x ] && rm /x
RUN [ "$A" = "b" ] && y
RUN [ "$A" ]
RUN [[ $A == b ]] || z
RUN [ ! -e x ]
CMD [ -n "$X" ] && exec x || exec y
ENTRYPOINT [ "$1" = "x" ] && y
