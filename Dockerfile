# One image: the server, the UI inside its binary, the Python sidecar that it starts and watches, and the built-in model.
# Starts only with AI_STUDIO_AUTH_KEY set; keeps everything in /data.

ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG NODE_IMAGE=node:20-bookworm-slim
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${NODE_IMAGE} AS ui
WORKDIR /build/ui
COPY ui/package.json ui/package-lock.json ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY ui ./
RUN npm run build

FROM ${RUST_IMAGE} AS server
WORKDIR /build
ENV CARGO_HOME=/cargo
COPY Cargo.toml Cargo.lock ./
COPY config config
COPY tests tests
COPY crates crates
COPY --from=ui /build/ui/dist ui/dist
RUN --mount=type=cache,target=/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin ai-studio && cp target/release/ai-studio /ai-studio

FROM ${PYTHON_IMAGE}
# What the built-in model's runtime links to.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 studio \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin studio \
    && install -d -o studio -g studio /data
WORKDIR /app
COPY sidecar/requirements.lock sidecar/
RUN python3 -m venv --without-pip sidecar/.venv \
    && python3 -m pip --python sidecar/.venv/bin/python3 install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r sidecar/requirements.lock
# The model changes seldom: its layer depends on nothing but what fetches it.
COPY sidecar/studio_sidecar/__init__.py sidecar/studio_sidecar/fetch_model.py sidecar/studio_sidecar/
COPY sidecar/studio_sidecar/local_model/__init__.py sidecar/studio_sidecar/local_model/catalogue.py sidecar/studio_sidecar/local_model/models.toml sidecar/studio_sidecar/local_model/
RUN cd sidecar && python3 -m studio_sidecar.fetch_model /app/models
COPY sidecar/studio_sidecar sidecar/studio_sidecar
RUN python3 -m compileall -q sidecar/studio_sidecar
COPY LICENSE ./
COPY config config
COPY --from=server /ai-studio /usr/local/bin/ai-studio

ENV AI_STUDIO_CONFIG=/app/config/docker.toml \
    AI_STUDIO_DATA=/data \
    AI_STUDIO_LISTEN=0.0.0.0 \
    AI_STUDIO_PORT=8080
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['AI_STUDIO_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["ai-studio"]
CMD ["serve"]
