"""Renders every point with Jinja2, in this one process: render_jinja.py TEMPLATES OUT POINTS OUTPUT."""

import json
import os
import sys

import jinja2

templates, out, points, output = sys.argv[1:]
environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(templates),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
)
template = environment.get_template("Dockerfile.j2")
made = set()
with open(points) as file:
    for point in json.load(file):
        path = os.path.join(out, output.format(**point))
        folder = os.path.dirname(path)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        with open(path, "w") as dockerfile:
            dockerfile.write(template.render(point))
