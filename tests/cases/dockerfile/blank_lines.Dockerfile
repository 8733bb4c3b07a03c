

  	

FROM debian



RUN x
   
