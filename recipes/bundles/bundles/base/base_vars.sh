# Variables of all scripts of the bundles; `. /bundle/base_vars.sh` reads them.
BUNDLE_USER=bundle
# That of the first user of most machines, whose folders are mounted: /scripts is written to.
BUNDLE_UID=1000
BUNDLE_VENV=/opt/venv
BUNDLE_WHEELS=/wheels
DEBIAN_FRONTEND=noninteractive
export BUNDLE_USER BUNDLE_UID BUNDLE_VENV BUNDLE_WHEELS DEBIAN_FRONTEND
