FROM debian
RUN echo "<<EOF"
RUN echo '<<EOF'
RUN echo \<<EOF
EOF
