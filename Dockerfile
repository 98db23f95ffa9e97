# The service. `node scripts/replay-dockerfile.ts` replays these steps where there is no docker.

FROM node:24-slim AS build
WORKDIR /relock
COPY package.json package-lock.json .npmrc ./
# The optional packages are Node itself, which the image has.
RUN npm ci --omit=dev --omit=optional --ignore-scripts
COPY app.yml LICENSE ./
COPY bin ./bin
COPY src ./src

FROM node:24-slim
# git is for repositories whose tree the API cannot list; nothing else calls it.
RUN apt-get update && apt-get install --yes --no-install-recommends git ca-certificates && apt-get clean
ENV NODE_ENV=production
ENV HOST=0.0.0.0
ENV PORT=3000
ENV RELOCK_DATA_DIR=/data
ENV RELOCK_CACHE_DIR=/data/cache
RUN mkdir -p "$RELOCK_DATA_DIR" && chown node:node "$RELOCK_DATA_DIR"
WORKDIR /relock
COPY --from=build /relock ./
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node runs the TypeScript as it is, by stripping the types: there is no build step.
CMD ["node", "--max-semi-space-size=16", "--disable-warning=ExperimentalWarning", "src/cli.ts", "serve"]
