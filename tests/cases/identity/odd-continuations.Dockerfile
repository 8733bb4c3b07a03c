FROM a\


  # c

RUN b \ 
 c