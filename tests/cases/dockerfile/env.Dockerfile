FROM debian
ENV a=b
ENV c d e  f
ENV g="h i" j='k l' m=n\ o
ENV p= q=r=s
ENV t=${u:-v}
ENV w "x" y
ENV z=\
1
