FROM debian
RUN awk -F'=' '$1 == "x" { gsub("\"", "", $2); print $2 }' /etc/os-release \
  && sed -ri 's!^(\s*listen\s+)80$!\18080!; /^#/d' /etc/x \
  && echo "a\tb" | tr -d '\\'
