FROM debian
RUN cat << EOF > /a
hi
EOF
RUN cat <<	EOF > /a 3<< 'END' > /b
hi $x
EOF
you $x
END
ONBUILD RUN cat << EOF
hi
EOF
RUN tee <<- END >/etc/motd
