FROM php:8.2-fpm
RUN { \
		echo 'opcache.memory_consumption=128'; \
		echo '[www]'; \
	} > /usr/local/etc/php/conf.d/x.ini
RUN php -r "if (hash_file('sha384', 'x') === 'y') { echo 'ok'.PHP_EOL; } else { exit(1); }"
