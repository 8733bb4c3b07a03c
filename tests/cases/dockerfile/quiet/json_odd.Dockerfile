FROM debian
CMD [ "a" , "b" ]
ENTRYPOINT []
SHELL ["powershell", "-Command"]
VOLUME ["/a"]
VOLUME /a /b
RUN ["echo", "[x]"]
