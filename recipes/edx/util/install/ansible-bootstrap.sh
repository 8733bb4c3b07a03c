#!/bin/sh
# In place of the team's own script of this name, which does the same for each release of Ubuntu: ansible, where the plays
# expect it.
set -eu
apt-get update
apt-get install -y build-essential git libffi-dev libmysqlclient-dev libssl-dev python2.7 python2.7-dev python-pip sudo
pip install virtualenv==15.0.2
virtualenv /edx/app/edx_ansible/venvs/edx_ansible
/edx/app/edx_ansible/venvs/edx_ansible/bin/pip install "git+$ANSIBLE_REPO"
rm -rf /var/lib/apt/lists/*
