FROM debian
RU\
N b
