FROM debian
ENV	a	b	c
ENV d=e	f=g
ENV h   i   
