import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TlsInfo } from "../../listener/downstream-connection.ts";
import { HeaderMap } from "../header-map.ts";
import { applyClientCertificate, type ClientCertificateMode } from "./client-certificate.ts";

const NAME = "x-forwarded-client-cert";
const CLAIM = "By=spiffe://a;Hash=00";
const MUTUAL: TlsInfo = {
  version: "TLSv1.3",
  sni: "",
  alpn: "",
  peerUriSans: ["spiffe://cluster.local/ns/default/sa/caller"],
  localUriSans: ["spiffe://cluster.local/ns/default/sa/self"],
  peerCertificateSha256: "c0ffee",
  peerSubject: "",
};
const ONE_SIDED: TlsInfo = { ...MUTUAL, peerUriSans: [], peerCertificateSha256: "" };
const OWN = "By=spiffe://cluster.local/ns/default/sa/self;Hash=c0ffee";
const NONE = { subject: false, uri: false, dns: false, cert: false };
const ALL = { ...NONE, subject: true, uri: true };

function apply(
  mode: ClientCertificateMode,
  tls: TlsInfo | undefined,
  claims: readonly string[] = [CLAIM],
  facts = NONE,
): string | undefined {
  const headers = new HeaderMap(claims.flatMap((claim) => [NAME, claim]));
  applyClientCertificate(headers, tls, { mode, ...facts });
  return headers.joined(NAME);
}

describe("x-forwarded-client-cert", () => {
  for (const [mode, plain, oneSided, mutual] of [
    ["SANITIZE", undefined, undefined, undefined],
    ["FORWARD_ONLY", undefined, undefined, CLAIM],
    ["APPEND_FORWARD", undefined, undefined, `${CLAIM},${OWN}`],
    ["SANITIZE_SET", undefined, undefined, OWN],
    ["ALWAYS_FORWARD_ONLY", CLAIM, CLAIM, CLAIM],
  ] as const) {
    test(`${mode}: without TLS, with TLS of one side, with mutual TLS`, () => {
      const got = [apply(mode, undefined), apply(mode, ONE_SIDED), apply(mode, MUTUAL)];
      assert.deepEqual(got, [plain, oneSided, mutual]);
    });
  }

  test("that came several times is one claim, or none", () => {
    assert.equal(apply("APPEND_FORWARD", MUTUAL, ["a", "b"]), `a,b,${OWN}`);
    assert.equal(apply("SANITIZE_SET", MUTUAL, ["a", "b"]), OWN);
    assert.equal(apply("SANITIZE", undefined, ["a", "b"]), undefined);
  });

  test("is begun where nothing came", () => {
    assert.equal(apply("APPEND_FORWARD", MUTUAL, []), OWN);
    assert.equal(apply("FORWARD_ONLY", MUTUAL, []), undefined);
  });
});

describe("an element of x-forwarded-client-cert", () => {
  test("tells the certificate and its DNS names where asked", () => {
    const tls = {
      ...MUTUAL,
      peerDnsSans: ["a.example.com", "b,c"],
      peerCertificatePem: "-----BEGIN\n+/=",
    };
    assert.equal(
      apply("SANITIZE_SET", tls, [], { ...NONE, dns: true, cert: true }),
      `${OWN};Cert="-----BEGIN%0A%2B%2F%3D";DNS=a.example.com;DNS="b,c"`,
    );
  });

  const element = (tls: TlsInfo) => apply("SANITIZE_SET", tls, [], ALL);

  test("tells subject and URI where asked, in Envoy's order", () => {
    assert.equal(
      element({ ...MUTUAL, peerSubject: "CN=caller,O=example" }),
      `${OWN};Subject="CN=caller,O=example";URI=spiffe://cluster.local/ns/default/sa/caller`,
    );
  });

  test("names their keys also where they are empty", () => {
    assert.equal(element({ ...MUTUAL, peerUriSans: [] }), `${OWN};Subject="";URI=`);
  });

  test("tells every URI, and every name of ours", () => {
    const tls = { ...MUTUAL, localUriSans: ["x://a", "x://b"], peerUriSans: ["x://c", "x://d"] };
    assert.equal(element(tls), `By=x://a;By=x://b;Hash=c0ffee;Subject="";URI=x://c;URI=x://d`);
  });

  test("is not closed by a quote in the subject", () => {
    assert.match(
      element({ ...MUTUAL, peerSubject: 'O="x";URI=spiffe://evil' }) ?? "",
      /Subject="O=\\"x\\";URI=spiffe:\/\/evil";/,
    );
  });

  test("is not followed by another that a name makes up", () => {
    const forged = "spiffe://a;URI=spiffe://admin";
    assert.equal(
      element({ ...MUTUAL, peerUriSans: [forged] }),
      `${OWN};Subject="";URI="${forged}"`,
    );
    assert.match(element({ ...MUTUAL, peerUriSans: ["x://a,By=b"] }) ?? "", /URI="x:\/\/a,By=b"$/);
  });
});
