import { expect, it } from "vitest";
import { crc32, sumUp, zipFiles } from "./zip.ts";

const encode = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

it("computes the published check value of CRC-32", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

it("lists each file where the directory says it is", async () => {
  const blob = zipFiles([
    { path: "model/config.json", bytes: encode("{}") },
    { path: "model/é.txt", bytes: encode("hello") },
  ]);
  const bytes = new DataView(await blob.arrayBuffer());
  const end = bytes.byteLength - 22;
  expect(bytes.getUint32(end, true)).toBe(0x06054b50);
  expect(bytes.getUint16(end + 10, true)).toBe(2);
  let at = bytes.getUint32(end + 16, true);
  const names: string[] = [];
  for (let entry = 0; entry < 2; entry++) {
    expect(bytes.getUint32(at, true)).toBe(0x02014b50);
    const nameLength = bytes.getUint16(at + 28, true);
    names.push(new TextDecoder().decode(new Uint8Array(bytes.buffer, at + 46, nameLength)));
    expect(bytes.getUint32(bytes.getUint32(at + 42, true), true)).toBe(0x04034b50);
    at += 46 + nameLength;
  }
  expect(names).toEqual(["model/config.json", "model/é.txt"]);
});

it("holds what came in pieces as what came whole", async () => {
  function* pieces() {
    yield "hel";
    yield new TextEncoder().encode("lo é");
  }
  const whole = zipFiles([{ path: "a.txt", bytes: encode("hello é") }]);
  const summed = zipFiles([await sumUp("a.txt", pieces())]);
  expect(new Uint8Array(await summed.arrayBuffer())).toEqual(
    new Uint8Array(await whole.arrayBuffer()),
  );
});
