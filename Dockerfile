# The service alone: give it DATABASE_URL and REDIS_URL (compose.yaml does). Without them it runs its own in /data.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/voicepact
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY sql sql
COPY values values
COPY storage storage
COPY contracts contracts
COPY menus menus
COPY gateway gateway
COPY verifier verifier
RUN /opt/voicepact/bin/pip install --no-cache-dir -c requirements.lock .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home voicepact && chmod 700 /data
COPY --from=build /opt/voicepact /opt/voicepact
ENV PATH=/opt/voicepact/bin:$PATH PYTHONUNBUFFERED=1 LOG_FORMAT=json
USER voicepact
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whether callers can be served. Docker only shows it; an orchestrator that restarts what is unhealthy should ask /livez
# instead: a database that is away is no reason to restart the service. http.client, as it minds no proxy.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=3); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["voicepact"]
CMD ["serve", "--host", "0.0.0.0", "--data-dir", "/data"]
