FROMdebian
EXPOSE 123 	 4
COPY ab c
