FROM debian
VOLUME /a /b
VOLUME
VOLUME ["/a"]
VOLUME  [ "/a" ] 
