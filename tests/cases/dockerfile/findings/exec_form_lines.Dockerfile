FROM debian
CMD ['a', \
     'b']
