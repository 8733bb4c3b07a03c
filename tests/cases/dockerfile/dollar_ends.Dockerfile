FROM debian
RUN echo $ $$ ${ <<A
RUN echo $x$ <<B
B
RUN "$" <<C
C
