FROM debian
RUN echo x