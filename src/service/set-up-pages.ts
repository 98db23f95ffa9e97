/** The three pages of set-up mode. */

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}";

/** Asks to make the app on GitHub, with what app.yml asks for. */
export function askPage(action: string, manifest: string): string {
  return document(
    `<p>There is no GitHub App yet. GitHub makes one with the permissions that Relock needs, and sends you back here.</p>
<form action="${escapeHtml(action)}" method="post">
<input type="hidden" name="manifest" value="${escapeHtml(manifest)}">
<button type="submit">Make the app on GitHub</button>
</form>
<p>For an organisation's app, or one that exists already, set <code>APP_ID</code>, <code>PRIVATE_KEY</code> and
<code>WEBHOOK_SECRET</code> and start again.</p>`,
  );
}

/** The app is made; the next thing is to install it. */
export function donePage(install: string): string {
  return document(
    `<p>The app is made, and Relock is starting with it.</p>
<p><a href="${escapeHtml(install)}">Choose the repositories that it may see</a></p>`,
  );
}

export function failedPage(reason: string): string {
  return document(`<p>${escapeHtml(reason)}</p><p><a href="/">Back</a></p>`);
}

function document(body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Set up Relock</title><style>${STYLE}</style></head>
<body>
<h1>Set up Relock</h1>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
