import type { LookupAddress } from "node:dns";
import { describe, expect, test } from "@jest/globals";
import {
  allowedHosts,
  BlockedAddressError,
  guardedLookup,
  isPublicAddress,
  type AddressLookup,
} from "#indexes/http/address-guard.ts";

describe("isPublicAddress", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["169.254.169.254", "metadata service"],
    ["168.63.129.16", "metadata service"],
    ["100.64.0.1", "carrier-grade NAT"],
    ["0.0.0.0", "unspecified"],
    ["224.0.0.1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["198.18.0.1", "benchmarks"],
    ["240.0.0.1", "reserved"],
    ["::1", "loopback"],
    ["::", "unspecified"],
    ["::127.0.0.1", "IPv4-compatible"],
    ["::ffff:10.0.0.1", "IPv4-mapped"],
    ["::ffff:a9fe:a9fe", "IPv4-mapped metadata service"],
    ["64:ff9b::a00:1", "NAT64 of a private address"],
    ["2002:a00:1::", "6to4"],
    ["2001:0:1::", "Teredo"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local with a zone"],
    ["fc00::1", "unique local"],
    ["fd00:ec2::254", "metadata service"],
    ["fec0::1", "site-local"],
    ["ff02::1", "multicast"],
    ["2001:db8::1", "documentation"],
    ["4000::1", "outside of what is given out"],
    ["no address", "not an address"],
  ])("refuses %s (%s)", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([["8.8.8.8"], ["151.101.0.223"], ["172.32.0.1"], ["2606:4700::1111"], ["64:ff9b::808:808"]])(
    "lets %s through",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("allowedHosts", () => {
  const allowed = allowedHosts(["localhost", "Mirror.Example:8443", "::1", " 10.0.0.5 "]);

  test.each([
    ["localhost", "", true],
    ["LOCALHOST", "9999", true],
    ["localhost.evil.example", "", false],
    ["mirror.example", "8443", true],
    ["mirror.example", "", false],
    ["mirror.example", "80", false],
    ["[::1]", "80", true],
    ["10.0.0.5", "", true],
    ["10.0.0.50", "", false],
  ])("%s port %s: %s", (host, port, expected) => {
    expect(allowed.allows(host, port)).toBe(expected);
  });
});

describe("guardedLookup", () => {
  function answering(...addresses: readonly string[]): AddressLookup {
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    return (_host, _options, callback) => callback(null, found);
  }

  function look(lookup: AddressLookup, all: boolean): Promise<string | LookupAddress[]> {
    return new Promise((done, fail) => {
      guardedLookup(lookup)("name.example", { all }, (error, address) => (error ? fail(error) : done(address)));
    });
  }

  test("refuses a name of private addresses, and says which", async () => {
    const blocked = look(answering("10.0.0.7", "fd00::1"), true);
    await expect(blocked).rejects.toBeInstanceOf(BlockedAddressError);
    await expect(blocked).rejects.toMatchObject({ hostname: "name.example", address: "10.0.0.7" });
  });

  test("connects to the public addresses of a name that has both kinds", async () => {
    await expect(look(answering("10.0.0.7", "8.8.8.8"), true)).resolves.toEqual([{ address: "8.8.8.8", family: 4 }]);
    await expect(look(answering("10.0.0.7", "8.8.4.4"), false)).resolves.toBe("8.8.4.4");
  });

  test("judges each look-up anew, so a name that changes its address is caught", async () => {
    const answers = ["8.8.8.8", "127.0.0.1"];
    const rebinding: AddressLookup = (_host, _options, callback) =>
      callback(null, [{ address: answers.shift() ?? "127.0.0.1", family: 4 }]);
    await expect(look(rebinding, true)).resolves.toHaveLength(1);
    await expect(look(rebinding, true)).rejects.toBeInstanceOf(BlockedAddressError);
  });

  test("passes on a failed look-up", async () => {
    const failing: AddressLookup = (_host, _options, callback) =>
      callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []);
    await expect(look(failing, true)).rejects.toMatchObject({ code: "ENOTFOUND" });
  });
});
