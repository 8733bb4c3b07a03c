FROM debian
ENV a=b \\
ENV c=d\\
