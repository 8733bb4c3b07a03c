# check=skip=jsonargsrecommended;error=true
FROM debian as build
CMD x
