FROM debian
RUN
RUN	x
RUN x
RUNx
RUNx
"RUN" x
RUN: x
