# The service with everything it needs; compose.yaml puts a PostgreSQL beside it.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/huashu
ENV PATH=/opt/huashu/bin:$PATH
WORKDIR /src
COPY requirements/ requirements/
# The lock files pin and hash every package; the driver of PostgreSQL stands in that of developers.
RUN pip install --require-hashes --no-build-isolation --requirement requirements/build.lock \
 && pip install --require-hashes --no-build-isolation --requirement requirements/base.lock \
 && awk '/^[a-z]/ { driver = /^psycopg/ } driver' requirements/dev.lock > /tmp/driver.txt \
 && pip install --require-hashes --no-deps --requirement /tmp/driver.txt
COPY . .
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
ENV PATH=/opt/huashu/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/data \
    XDG_CACHE_HOME=/data/cache \
    HUASHU_HOST=0.0.0.0 \
    HUASHU_PORT=8000
RUN useradd --system --uid 10001 --no-create-home huashu && install --directory --owner=huashu --mode=0750 /data
COPY --from=build /opt/huashu /opt/huashu
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["huashu"]
CMD ["serve"]
