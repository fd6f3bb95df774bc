# The router as an image, in two stages: what builds it stays behind, what runs it has neither pip nor a compiler.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/ivr-router \
    && pip --python /opt/ivr-router/bin/python install --require-hashes --requirement requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE wsgi.py gunicorn.conf.py pbx.yaml ./
COPY flows/main.yaml flows/main.test.yaml flows/resources.yaml flows/blocked.txt ./flows/
COPY schemas ./schemas
COPY router ./router
RUN pip wheel --no-deps --wheel-dir dist . \
    && pip --python /opt/ivr-router/bin/python install --no-deps dist/*.whl \
    && /opt/ivr-router/bin/python -m compileall -q /opt/ivr-router/lib

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 ivr-router \
    && useradd --no-log-init --uid 10001 --gid ivr-router --no-create-home --home-dir /var/lib/ivr-router --shell /usr/sbin/nologin ivr-router \
    && install --directory --owner ivr-router --group ivr-router --mode 0700 /var/lib/ivr-router
COPY --from=build /opt/ivr-router /opt/ivr-router
ENV PATH=/opt/ivr-router/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    IVR_LISTEN=0.0.0.0:8080 \
    IVR_DATABASE=sqlite:////var/lib/ivr-router/ivr.db \
    IVR_FLOWS=/flows
USER 10001:10001
WORKDIR /var/lib/ivr-router
VOLUME /var/lib/ivr-router
EXPOSE 8080
# gunicorn's master is the first process: TERM ends it in good order, HUP brings new flows.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["ivr"]
CMD ["serve"]
