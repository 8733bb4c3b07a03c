#!/bin/sh
# What installs ansible in the bases of `recipes/edx`, where there is none: a program of its name that fails where something is
# missing that the real one needs, and notes what it was asked for.
set -eu
[ -n "$CONFIGURATION_VERSION" ]
bin=/edx/app/edx_ansible/venvs/edx_ansible/bin
mkdir -p "$bin"
cat > "$bin/ansible-playbook" << 'PLAYBOOK'
#!/bin/sh
set -eu
grep -q '^  roles:$' "$1"
[ "$(pwd)" = /edx/app/edx_ansible/edx_ansible/docker/plays ] && [ -f ansible.cfg ]
for option; do
    case $option in
    # Roles are not here.
    --extra-vars=@roles/*) ;;
    --extra-vars=@*) [ -f "${option#*@}" ] ;;
    esac
done
echo "$*" >> /edx/played
PLAYBOOK
chmod +x "$bin/ansible-playbook"
