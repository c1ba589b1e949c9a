# The servo in a container: no shell tools of ours, no build step, an ordinary user. It needs REDIS_URL (see docker-compose.yml).
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The GPU files of ONNX Runtime are not used, and the image brings its own Node.
RUN ONNXRUNTIME_NODE_INSTALL=skip npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-*

FROM node:24-bookworm-slim
ENV NODE_ENV=production SERVO_API_HOST=0.0.0.0
WORKDIR /app
RUN groupadd --gid 10001 servo \
  && useradd --uid 10001 --gid servo --no-create-home --shell /usr/sbin/nologin servo \
  && mkdir data logs && chown servo:servo data logs
COPY --from=packages /app/node_modules node_modules
COPY package.json config.yaml ./
COPY schema schema
COPY models models
COPY bin bin
COPY src src

USER servo
# Everything else may be read-only.
VOLUME ["/app/data", "/app/logs"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "bin/run.cjs", "run"]
