/** Numbers as people read them. */

const DAY = 24 * 60 * 60 * 1000;

/** Age of a release: `3 days ago (2026-11-18)`. */
export function describeAge(uploadTime: string, now: number): string {
  const instant = Date.parse(uploadTime);
  if (Number.isNaN(instant)) {
    return "no date";
  }
  const days = Math.floor((now - instant) / DAY);
  const date = new Date(instant).toISOString().slice(0, 10);
  if (days < 1) {
    return `today (${date})`;
  }
  if (days < 60) {
    return `${days} ${days === 1 ? "day" : "days"} ago (${date})`;
  }
  return days < 730
    ? `${Math.round(days / 30.44)} months ago (${date})`
    : `${Math.round(days / 365.25)} years ago (${date})`;
}

/** `+12.3 MB`, `−820 kB`, `±0`. Decimal units, as package indexes show them. */
export function bytesDelta(bytes: number): string {
  if (bytes === 0) {
    return "±0";
  }
  const sign = bytes > 0 ? "+" : "−";
  const size = Math.abs(bytes);
  const units = [
    { limit: 1e3, divisor: 1, unit: "B" },
    { limit: 1e6, divisor: 1e3, unit: "kB" },
    { limit: 1e9, divisor: 1e6, unit: "MB" },
  ];
  const fit = units.find((entry) => size < entry.limit) ?? { divisor: 1e9, unit: "GB" };
  const value = size / fit.divisor;
  return `${sign}${value >= 100 || fit.divisor === 1 ? Math.round(value) : value.toFixed(1)} ${fit.unit}`;
}
