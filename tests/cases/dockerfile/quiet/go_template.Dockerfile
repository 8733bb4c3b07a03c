FROM golang AS build
RUN go list -f '{{ .Dir }}{{"\n"}}{{ range .Deps }}{{ . }}{{ end }}' ./... \
	&& docker inspect --format "{{ index .RepoDigests 0 }}" x
LABEL version="{{ .Version }}"
HEALTHCHECK CMD wget -qO- http://localhost/ | grep -q '{"ok":true}' || exit 1
