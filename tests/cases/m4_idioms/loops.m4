divert(-1)
define(«forloop», «pushdef(«$1», «$2»)_forloop($@)popdef(«$1»)»)
define(«_forloop», «$4«»ifelse($1, «$3», «», «define(«$1», incr($1))$0($@)»)»)
define(«foreach», «pushdef(«$1»)_foreach($@)popdef(«$1»)»)
define(«_arg1», «$1»)
define(«_foreach», «ifelse(«$2», «()», «», «define(«$1», _arg1$2)$3«»$0(«$1», (shift$2), «$3»)»)»)
divert(0)dnl
FROM debian:RELEASE
forloop(«i», «1», «3», «RUN echo i of RELEASE
»)dnl
foreach(«folder», «(data, static, templates)», «COPY --from=build /app/folder /app/folder
»)dnl
RUN echo forloop(«i», «1», «12», «i »)
