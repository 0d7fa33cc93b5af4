/** Properties of the HTTP/1.1 codecs. A failure prints its seed; SEED=… replays it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { connect } from "./fixture/client-fixture.ts";
import { joinData } from "./fixture/refusal.ts";
import { send, serve } from "./fixture/server-fixture.ts";

const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

/** A message's end from its first field on, and the events that it must give. */
interface Rest {
  readonly text: string;
  readonly events: readonly string[];
}

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,10}[!-~])?)?$/);
/** Names of their own, so that none means something. */
const fields = fc
  .array(fc.tuple(token, value), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, text]) => `X-${name}: ${text}\r\n`).join(""));
const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((b) => String.fromCharCode(b)),
  maxLength: 40,
});

const withLength = bytes.map(
  (body): Rest => ({
    text: `Content-Length: ${body.length}\r\n\r\n${body}`,
    events: body === "" ? [] : [`data ${body}`, "end"],
  }),
);
const withChunks = fc
  .tuple(
    fc.array(fc.tuple(bytes, fc.constantFrom("", ";a", ';a="b;\\"c"', ";a=b;c")), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([pieces, hasTrailers]): Rest => {
    const whole = pieces.filter(([piece]) => piece !== "");
    const chunks = whole.map(
      ([piece, ext]) => `${piece.length.toString(16)}${ext}\r\n${piece}\r\n`,
    );
    const body = whole.map(([piece]) => piece).join("");
    return {
      text: `Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n${hasTrailers ? "grpc-status: 0\r\n" : ""}\r\n`,
      events: [
        ...(body === "" ? [] : [`data ${body}`]),
        hasTrailers ? "trailers grpc-status 0" : "end",
      ],
    };
  });
const request = fc
  .tuple(
    fc.constantFrom("GET", "POST", "PUT", "DELETE", "M-SEARCH"),
    fc.stringMatching(/^\/[!"$-~]{0,20}$/),
    fields,
    fc.oneof(withLength, withChunks, fc.constant<Rest>({ text: "\r\n", events: [] })),
  )
  .map(([method, path, lines, rest]) => ({
    text: `${method} ${path} HTTP/1.1\r\nHost: a\r\n${lines}${rest.text}`,
    events: [`${method} a ${path}`, ...rest.events],
  }));

/** Pieces of `text`, cut at `cuts`. */
function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((at) => at % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((at, index) => text.slice(at, places[index]));
}

/** A change at a place: bytes are left out, and others put there. */
const damage = fc.tuple(
  fc.nat(),
  fc.nat({ max: 3 }),
  fc.constantFrom(
    "",
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\0",
    ":",
    ",",
    "0",
    ";",
    "\xff",
    "\x7f",
    "#",
    "Host: b\r\n",
    "Transfer-Encoding: chunked\r\n",
  ),
);

function apply(text: string, damages: readonly (readonly [number, number, string])[]): string {
  let damaged = text;
  for (const [place, length, put] of damages) {
    const at = place % (damaged.length + 1);
    damaged = damaged.slice(0, at) + put + damaged.slice(at + length);
  }
  return damaged;
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const damaged = fc
  .tuple(fc.array(request, { minLength: 1, maxLength: 3 }), fc.array(damage, { maxLength: 4 }))
  .map(([requests, damages]) => apply(requests.map(({ text }) => text).join(""), damages));

describe("http1 codecs, whatever comes", () => {
  test("any cut of valid requests gives the same events", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 4 }),
        cuts,
        async (requests, at) => {
          const { client, seen } = serve();
          await send(client, ...cut(requests.map(({ text }) => text).join(""), at));
          assert.deepEqual(
            joinData(seen),
            requests.flatMap(({ events }) => events),
          );
        },
      ),
      { numRuns: 300, ...seed },
    );
  });

  test("any cut of a valid response gives the same events", async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.oneof(withLength, withChunks), cuts, async (lines, rest, at) => {
        const { upstream, seen, ask, codec } = connect();
        ask();
        await send(upstream, ...cut(`HTTP/1.1 200 OK\r\n${lines}${rest.text}`, at));
        const [head, ...others] = joinData(seen);
        assert.match(head ?? "", /^head 200/);
        const last = rest.events.length === 0 || rest.events.at(-1) !== "end" ? ["end"] : [];
        assert.deepEqual(others, [...rest.events, ...last, "stream end"]);
        assert.equal(codec.canOpenStream, true);
      }),
      { numRuns: 300, ...seed },
    );
  });

  test("the verdict on damaged requests does not depend on the cut", async () => {
    await fc.assert(
      fc.asyncProperty(damaged, cuts, async (text, at) => {
        const whole = serve();
        await send(whole.client, text);
        const parts = serve();
        await send(parts.client, ...cut(text, at));
        assert.deepEqual(joinData(parts.seen), joinData(whole.seen));
        assert.equal(parts.sent(), whole.sent());
      }),
      { numRuns: 500, ...seed },
    );
  });

  test("no bytes throw, and no request holds a byte that may not stand there", async () => {
    const noise = fc.oneof(
      damaged,
      bytes,
      bytes.map((text) => `GET /${text} HTTP/1.1\r\nHost: a\r\n\r\n`),
      bytes.map((text) => `GET / HTTP/1.1\r\nHost: a\r\nX: ${text}\r\n\r\n`),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (text) => {
        const { client, streams } = serve();
        await send(client, text);
        for (const { request: head } of streams) {
          assert.match(head.method, /^[A-Z][A-Z0-9_-]*$/);
          assert.match(head.path, /^[\x21\x22\x24-\x7e]*$/);
          assert.match(head.authority, /^[A-Za-z0-9._~!$&'()*+;=:[\]-]*$/);
          for (const [index, part] of head.headers.flat.entries())
            assert.match(
              part,
              index % 2 === 0 ? /^[!#$%&'*+.^_`|~0-9a-z-]+$/ : /^[\t\x20-\x7e\x80-\xff]*$/,
            );
        }
      }),
      { numRuns: 1_000, ...seed },
    );
  });

  test("no bytes of an upstream throw, and each stream ends once", async () => {
    const noise = fc
      .tuple(fields, fc.oneof(withLength, withChunks), fc.array(damage, { maxLength: 4 }))
      .map(([lines, rest, damages]) => apply(`HTTP/1.1 200 OK\r\n${lines}${rest.text}`, damages));
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, bytes), cuts, async (text, at) => {
        const { upstream, seen, ask } = connect();
        ask();
        await send(upstream, ...cut(text, at));
        upstream.end();
        await send(upstream);
        const ends = seen.filter((line) => line === "end" || line.startsWith("reset"));
        assert.equal(ends.length, 1, seen.join(" | "));
        assert.deepEqual(seen.slice(-2), ["stream end", "closed"]);
      }),
      { numRuns: 500, ...seed },
    );
  });
});
