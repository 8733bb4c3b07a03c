#!/bin/sh
# What apt leaves undone in all images: packages that are only recommended, translations.
set -eu
cat > /etc/apt/apt.conf.d/90bundle << 'CONF'
APT::Install-Recommends "false";
APT::Install-Suggests "false";
Acquire::Languages "none";
CONF
