# Two stages: the first installs and collects, the second holds only what runs. No root, nothing written to the image.
FROM python:3.11-slim-trixie AS build
WORKDIR /app
COPY requirements/tool.lock requirements/run.lock requirements/
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/tool.lock \
    && .venv/bin/python -m uv pip sync --no-cache --python .venv/bin/python --require-hashes --only-binary :all: \
        requirements/run.lock \
    && .venv/bin/python -m pip uninstall -y uv pip
COPY manage.py ./
COPY portal portal
COPY sso sso
COPY scim scim
COPY templates templates
RUN COLLECTED_STATIC=1 .venv/bin/python manage.py collectstatic --noinput -v 0 \
    && .venv/bin/python -m compileall -q portal sso scim

FROM python:3.11-slim-trixie
# tini hands signals on and collects dead processes, which a server as process 1 does not; the client is for backups, and
# of the version that compose.yaml runs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin seatgate
COPY --from=build /app /app
WORKDIR /app
USER 10001
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 COLLECTED_STATIC=1 LC_ALL=C.UTF-8
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "portal.serve", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--workers-kill-timeout", "7"]
