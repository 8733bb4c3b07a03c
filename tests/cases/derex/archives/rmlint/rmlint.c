#!/bin/sh
# rmlint -o sh:SCRIPT -c sh:symlink -g FOLDER // FOLDER: a script that links files of the first folder to their like in the other.
set -eu
[ "$1 $3 $4 $5 $7" = '-o -c sh:symlink -g //' ]
script=${2#sh:} from=$6 to=$8
: > "$script"
for file in "$from"/*; do
    for like in "$to"/*; do
        if cmp -s "$file" "$like"; then
            if [ -s "$file" ]; then
                echo "ln -sf '$like' '$file'" >> "$script"
            else
                echo "rm '$file' # empty file" >> "$script"
            fi
        fi
    done
done
