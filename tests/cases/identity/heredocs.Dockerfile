# syntax=docker/dockerfile:1
FROM python:3.12 AS a
RUN <<EOT1 cat > /x && <<-'EOT2' python3
$HOME `date` don't # not a comment $1 ${x:-y} {{ jinja }}
EOT1
	@property
	def f(self): return "a@b.c"
	@app.route("/x")
	def g(): pass
EOT2
COPY <<"EOF" /etc/nginx.conf
{% if x %}{{ "go" | template }}{# comment #}{% endif %}
