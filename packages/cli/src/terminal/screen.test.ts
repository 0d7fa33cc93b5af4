import assert from "node:assert/strict";
import { test } from "node:test";
import { Screen } from "./screen.ts";

function setUp(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  const screen = new Screen({ isTTY, columns: 10, rows: 10, write });
  return { screen, text: () => written.join("") };
}

test("screen: a line is printed above the block, which is drawn anew", () => {
  const { screen, text } = setUp(true);
  screen.show(["a", "b"]);
  screen.print("news");
  assert.equal(text(), "a\nb\n\u001b[2A\r\u001b[0Jnews\na\nb\n");
});

test("screen: an unchanged block is not drawn again", () => {
  const { screen, text } = setUp(true);
  screen.show(["a"]);
  screen.show(["a"]);
  assert.equal(text(), "a\n");
});

test("screen: a line that would wrap is cut, colours not counted", () => {
  const { screen, text } = setUp(true);
  screen.show(["\u001b[32m0123456789abc\u001b[39m"]);
  assert.equal(text(), "\u001b[32m012345678\u001b[0m\n");
});

test("screen: without a terminal there are only lines", () => {
  const { screen, text } = setUp(false);
  screen.show(["a"]);
  screen.print("news");
  assert.equal(text(), "news\n");
});
