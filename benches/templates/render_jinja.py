"""Renders every point with Jinja2, in this one process: render_jinja.py TEMPLATES OUT POINTS."""

import json
import os
import sys

import jinja2

templates, out, points = sys.argv[1:]
environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(templates),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
)
template = environment.get_template("Dockerfile.j2")
with open(points) as file:
    for point in json.load(file):
        folder = f"{out}/{point['release']}/{point['python']}/{point['service']}"
        os.makedirs(folder)
        with open(f"{folder}/Dockerfile", "w") as dockerfile:
            dockerfile.write(template.render(point))
