# Variables of all scripts of the bundles; `. /bundle/base_vars.sh` reads them.
BUNDLE_USER=bundle
BUNDLE_UID=10001
BUNDLE_VENV=/opt/venv
BUNDLE_WHEELS=/wheels
DEBIAN_FRONTEND=noninteractive
export BUNDLE_USER BUNDLE_UID BUNDLE_VENV BUNDLE_WHEELS DEBIAN_FRONTEND
