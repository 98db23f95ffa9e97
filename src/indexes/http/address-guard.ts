/**
 * Keeps requests off private networks (SSRF). The check is made when a socket connects, on the very address that it
 * connects to, for every hop: neither a redirect nor a name that resolves differently the second time gets around it.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { buildConnector } from "undici";

/** A host that index URLs may name although it is private, plain http included. */
export interface AllowedHosts {
  /** @param port as in a URL; empty for the default port of its protocol */
  allows(hostname: string, port: string): boolean;
}

export type AddressLookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/** The connection was refused by us, before a byte was sent. */
export class BlockedAddressError extends Error {
  readonly hostname: string;
  readonly address: string;

  constructor(hostname: string, address: string) {
    super(`${hostname} is the private address ${address}`);
    this.name = "BlockedAddressError";
    this.hostname = hostname;
    this.address = address;
  }
}

/** Reads `HOST` and `HOST:PORT` entries of `--allow-host`. */
export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const known = new Set(entries.map((entry) => entry.trim().toLowerCase()).filter((entry) => entry !== ""));
  return {
    allows: (hostname, port) => {
      const bare = bareHost(hostname);
      return [bare, `[${bare}]`].some((host) => known.has(host) || (port !== "" && known.has(`${host}:${port}`)));
    },
  };
}

/** Whether an address belongs to the public internet: no loopback, private, link-local, shared or special-use network. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === "unicast" && !PLATFORM_ADDRESSES.has(parsed.toString());
  if (parsed.range() === "rfc6052") return isPublicAddress(embeddedAddress(parsed));
  return parsed.range() === "unicast" && ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/** Public by number, but answered by the cloud's own host: Azure's platform service. */
const PLATFORM_ADDRESSES: ReadonlySet<string> = new Set(["168.63.129.16"]);

/** The IPv4 address at the end of a NAT64 address. */
function embeddedAddress(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(-4).join(".");
}

/** A connector for undici that refuses private addresses, but for hosts that are allowed. */
export function guardedConnector(
  allowed: AllowedHosts,
  options: { readonly timeout: number; readonly lookup?: AddressLookup | undefined },
): buildConnector.connector {
  const lookup = options.lookup ?? systemLookup;
  const open = buildConnector({ timeout: options.timeout, lookup, ...FIRST_OF_SEVERAL });
  const guarded = buildConnector({ timeout: options.timeout, lookup: guardedLookup(lookup), ...FIRST_OF_SEVERAL });
  return (target, callback) => {
    const host = bareHost(target.hostname);
    if (allowed.allows(host, target.port)) open(target, callback);
    // net.connect looks up names only, so an address in the URL itself is judged here.
    else if (isIP(host) !== 0 && !isPublicAddress(host)) callback(new BlockedAddressError(host, host), null);
    else guarded(target, callback);
  };
}

/** Try the next address of a name soon when the first does not answer. */
const FIRST_OF_SEVERAL = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 500 };

/** Leaves only public addresses of a name; fails where none is left. */
export function guardedLookup(lookup: AddressLookup): AddressLookup {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = typeof found === "string" ? [{ address: found, family: isIP(found) }] : found;
      const open = addresses.filter(({ address }) => isPublicAddress(address));
      const first = open[0];
      if (first === undefined) {
        return callback(new BlockedAddressError(hostname, addresses[0]?.address ?? "unknown"), []);
      }
      return options.all === true ? callback(null, open) : callback(null, first.address, first.family);
    });
  };
}

function bareHost(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, "");
}
