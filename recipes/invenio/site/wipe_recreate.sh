#!/usr/bin/env bash
# Sets the site up anew. All that its database and its indices hold is lost.
set -e

invenio index destroy --force --yes-i-know
invenio db destroy --yes-i-know
invenio db init create
invenio index init --force
