# docker build -t netsim .
# docker run --rm -v "$PWD/examples/column:/data" netsim /data/config.json
# docker run --rm -v "$PWD/examples/column:/data" --entrypoint mpirun netsim -np 2 --bind-to none netsim /data/config.json
FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libopenmpi-dev libhdf5-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -o /netsim ./cmd/netsim

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends openmpi-bin libopenmpi3 libhdf5-103-1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /netsim /usr/local/bin/netsim
# The container's user is root, which Open MPI wants to be told.
ENV OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
ENTRYPOINT ["netsim"]
CMD ["--help"]
