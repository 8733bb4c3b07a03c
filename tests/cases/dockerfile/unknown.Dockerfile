FROM debian
FOO bar
RUN x
@if y
{{ z }}
