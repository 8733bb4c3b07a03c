FROM debian
RUN tee <<- END >/etc/motd
welcome to
FROM the machine
END
RUN true
