	FROM	a 	 
 	

