FROM debian
SHELL /bin/bash -c
SHELL ['bash', '-c']
SHELL ["bash"] -c
SHELL []
SHELL
SHELL ["a"] # note
