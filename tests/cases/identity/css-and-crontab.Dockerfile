FROM nginx
COPY <<X /a.css
@media (min-width: 1px) { a { color: red } }
@font-face { src: url(x) }
@charset "utf-8";
  @keyframes x { from { top: 0 } }
X
COPY <<X /etc/cron.d/x
@hourly root /x
@iffy @ending @lettered @include_me
X
