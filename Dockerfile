# The broker's image, and with `--target simulator` that of the simulated providers for the demo.
#
#   docker build -t session-broker .
#   docker build -t session-broker-simulator --target simulator .
#
# What runs is nothing but the programs, the shared libraries that they load, the certificates of public authorities
# and the records of the Debian packages that these come from (docs/decisions/2026-12-01-image.md). scripts/image builds
# and tries it without Docker.

# To pin it: --build-arg BASE=debian:bookworm-slim@sha256:…
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# Apart from the sources, so that the packages are installed again only where their list changes.
COPY scripts/setup scripts/lib.sh scripts/
RUN scripts/setup && rm -rf /var/lib/apt/lists/*
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache scripts/build release session-broker brokerctl

FROM build AS root-of-broker
RUN scripts/collect-image /image build/release/service/app/session-broker build/release/client/brokerctl/brokerctl
# A tmpfs that is mounted there takes over the mode.
RUN install -d -m 1777 /image/run/session-broker

FROM build AS root-of-simulator
RUN --mount=type=cache,target=/root/.cache/ccache scripts/build release provider_simulator
RUN scripts/collect-image /image build/release/tests/simulator/provider_simulator

FROM scratch AS simulator
LABEL org.opencontainers.image.title="session-broker-simulator" \
      org.opencontainers.image.description="Simulated providers for trying session-broker out; not for production" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=root-of-simulator /image/ /
USER 65532:65532
EXPOSE 7490
ENTRYPOINT ["/usr/bin/provider_simulator"]
CMD ["--listen", "0.0.0.0", "--port", "7490"]

FROM scratch AS broker
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="session-broker" \
      org.opencontainers.image.description="Logs in to third-party HTTP APIs for other services: gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=root-of-broker /image/ /
# The parent of the state directory; mount a volume there, as the root file system is read-only.
COPY --from=root-of-broker --chown=65532:65532 /image/var/empty/ /var/lib/session-broker/
USER 65532:65532
# For brokerctl, and for whoever runs either program in the container by its name.
ENV PATH=/usr/bin SESSION_BROKER_ADDRESS=unix:/run/session-broker/broker.sock
ENTRYPOINT ["/usr/bin/session-broker"]
CMD ["--config", "/etc/session-broker/config.yaml"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/session-broker", "--health"]
