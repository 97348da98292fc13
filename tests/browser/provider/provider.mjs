// A real OpenID Connect provider for the tests of signing in: the oidc-provider package, with its
// own pages to sign in. Whoever it asks may sign in by any name; the name's claims are given here.
//
// node provider.mjs ISSUER_PORT REDIRECT_URI PEOPLE_JSON
// GET /testing?tokens=good|expired|tampered|foreign says what its ID tokens are from now on.
import { createHmac, generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, redirectUri, people] = process.argv.slice(2);
const claims = JSON.parse(people);
const keys = ["its own", "another's"].map(
  () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
);
let tokens = "good";

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "ire-liver-audit",
      client_secret: "a secret that only the tests know, 32 at least",
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [redirectUri],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["of the tests"] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims[id] }) }),
  jwks: { keys: [{ ...keys[0], kid: "own", use: "sig", alg: "RS256" }] },
  ttl: { IdToken: () => (tokens === "expired" ? -3600 : 3600) },
});

function altered(token, change) {
  const [head, body, signature] = token.split(".");
  const said = { ...JSON.parse(Buffer.from(body, "base64url")), ...change };
  return [head, Buffer.from(JSON.stringify(said)).toString("base64url"), signature].join(".");
}

function unsigned(token) {
  const [, body] = token.split(".");
  const head = Buffer.from(JSON.stringify({ alg: "HS256", kid: "own" })).toString("base64url");
  const signed = createHmac("sha256", "guessed").update(`${head}.${body}`).digest("base64url");
  return [head, body, signed].join(".");
}

provider.use(async (ctx, next) => {
  if (ctx.path === "/testing") {
    tokens = ctx.query.tokens;
    ctx.body = tokens;
    return;
  }
  await next();
  if (ctx.path !== "/token" || !ctx.body?.id_token) return;
  if (tokens === "tampered") {
    ctx.body.id_token = altered(ctx.body.id_token, { email: "team@nhs.test", sub: "team" });
  }
  if (tokens === "foreign") ctx.body.id_token = unsigned(ctx.body.id_token);
});

provider.listen(Number(port), "127.0.0.1", () => console.log("Provider ready"));
