RUN groupadd --system --gid ID USER_NAME \
    && useradd --system --uid ID --gid ID --home-dir /srv/SERVICE USER_NAME
USER USER_NAME
