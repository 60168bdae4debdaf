# The b12-cds service. Build: docker build -t b12-cds .
# For a release, pin the base by digest: --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:…
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# --- build: the sources and the build tools stay behind in this stage -----------------------
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# Dependencies first: they change seldom, so this layer is reused when only our code changed.
COPY requirements-build.txt requirements.txt ./
RUN python -m venv --without-pip /opt/b12-cds \
    && python -m pip install --require-hashes -r requirements-build.txt \
    && python -m pip --python /opt/b12-cds/bin/python install --require-hashes -r requirements.txt

COPY pyproject.toml LICENSE README.md ./
COPY cds_hooks ./cds_hooks
COPY fhir_mappers ./fhir_mappers
COPY regimens ./regimens
COPY service ./service
RUN python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
    && python -m pip --python /opt/b12-cds/bin/python install --no-deps --no-index /wheels/*.whl

# --- run ----------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS run
LABEL org.opencontainers.image.title="b12-cds" \
      org.opencontainers.image.description="CDS Hooks service for vitamin B12 therapy" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --no-create-home --home-dir /data --shell /usr/sbin/nologin app \
    && install --directory --owner=app --group=app --mode=0750 /data

COPY --from=build /opt/b12-cds /opt/b12-cds
ENV PATH=/opt/b12-cds/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORT=8080

# The default SQLite file lies in the working directory; mount a volume on /data to keep it.
WORKDIR /data
USER app
EXPOSE 8080

# Alive, not ready: a restart cures a hung process, not an unreachable database.
# B12_PORT wins over PORT, as in the service.
# The empty ProxyHandler keeps a site's http_proxy out of a call to ourselves.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + (os.environ.get('B12_PORT') or os.environ['PORT']) + '/__lbheartbeat__', timeout=2)"]

CMD ["b12-cds", "serve"]
