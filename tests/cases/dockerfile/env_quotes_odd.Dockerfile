FROM debian
ENV a="b
ENV c='d
ENV e=f"g h"i
ENV "j=k l"
ENV 'm n'=o
