// Probot behind node's own server, its log off, with one handler that does nothing. Copied beside its packages to run.
import { createServer } from "node:http";
import { createNodeMiddleware, createProbot } from "probot";

const { PORT, APP_ID, PRIVATE_KEY, WEBHOOK_SECRET } = process.env;
const probot = createProbot({
  overrides: { appId: APP_ID, privateKey: PRIVATE_KEY, secret: WEBHOOK_SECRET, logLevel: "fatal" },
});
const middleware = await createNodeMiddleware((app) => app.on("pull_request.closed", async () => {}), {
  probot,
  webhooksPath: "/github",
});
createServer((request, response) => {
  if (request.url === "/readyz") return response.end();
  return middleware(request, response, () => response.writeHead(404).end());
}).listen(Number(PORT), "127.0.0.1");
