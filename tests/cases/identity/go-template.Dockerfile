FROM golang
RUN go list -f '{{ range .Imports }}{{ . }} {{ end }}' && docker inspect --format='{{.Id}}'
ENV X={{ cookiecutter.name }} Y=<% erb %> Z=${{ github.sha }}
