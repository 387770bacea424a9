// A strict authorization server (oidc-provider): PKCE with S256 is mandatory, refresh tokens rotate,
// and one that is used again ends its whole sign-in. Whoever comes is signed in as "ada" and
// consents, but with login_hint=nobody, who declines. It prints its address, and ends with its stdin.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "cli",
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://127.0.0.1/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    clockTolerance: 0,
    cookies: { keys: ["of a test"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 60, Session: 60 },
  });
  const callback = provider.callback();

  async function interact(request, response) {
    const { grantId, params, prompt, session } = await provider.interactionDetails(request, response);
    let result;
    if (params.login_hint === "nobody") {
      result = { error: "access_denied", error_description: "The user <b>declined</b>." };
    } else if (prompt.name === "login") {
      result = { login: { accountId: "ada" } };
    } else {
      const known = grantId && (await provider.Grant.find(grantId));
      const grant = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      result = { consent: { grantId: await grant.save() } };
    }
    await provider.interactionFinished(request, response, result);
  }

  server.on("request", (request, response) => {
    if (request.url.startsWith("/interaction/")) {
      interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
    } else {
      callback(request, response);
    }
  });
  console.log(`listening at ${issuer}`);
});

process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
