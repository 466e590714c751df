# Two stages: one that builds, one that runs. The data directory is a volume; the key lies in it.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY src src
COPY templates templates
COPY static static
COPY migrations migrations
COPY config.example.toml ./
COPY tests tests
COPY benches benches
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN useradd --system --create-home --home-dir /var/lib/entente entente
COPY --from=build /src/target/release/entente /usr/local/bin/entente
USER entente
WORKDIR /var/lib/entente
ENV ENTENTE__DATA_DIR=/var/lib/entente \
    ENTENTE__SERVER__LISTEN=0.0.0.0:8080
VOLUME /var/lib/entente
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["entente"]
CMD ["serve"]
