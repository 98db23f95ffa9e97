/** When a repository's weekly run is due: the same hour each week, spread over the night by the repository's name. */
import { createHash } from "node:crypto";

export interface WeeklySchedule {
  /** Days on which a run may start, 0 = Sunday. */
  readonly days: readonly number[];
  /** IANA name of the time zone in which days and hours are meant. */
  readonly timezone: string;
}

export const DEFAULT_SCHEDULE: WeeklySchedule = { days: [1], timezone: "UTC" };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Runs start between midnight and six: 400 repositories then start about one a minute. */
const WINDOW_MINUTES = 6 * 60;

/** The next run of `repository` after `after` (milliseconds since the epoch). */
export function nextWeeklyRun(repository: string, schedule: WeeklySchedule, after: number): number {
  const hash = createHash("sha256").update(repository.toLowerCase()).digest();
  const minute = hash.readUInt32BE(0) % WINDOW_MINUTES;
  const days = schedule.days.length === 0 ? DEFAULT_SCHEDULE.days : schedule.days;
  const day = days[hash.readUInt32BE(4) % days.length] ?? 1;
  const today = localParts(after, schedule.timezone);
  // Dates, not spans of 24 hours: a day of 23 hours would be stepped over late in the evening.
  for (let offset = 0; offset <= 8; offset += 1) {
    const local = new Date(Date.UTC(today.year, today.month - 1, today.day + offset));
    if (local.getUTCDay() !== day) continue;
    const start = momentOf(local, minute, schedule.timezone);
    if (start > after) return start;
  }
  return after + 7 * DAY;
}

/** The moment at which clocks in `timezone` show that date and minute of the day. */
function momentOf(date: Date, minute: number, timezone: string): number {
  const wanted = date.getTime() + minute * MINUTE;
  let guess = wanted;
  // Twice: the first correction may cross a change of daylight saving.
  for (let round = 0; round < 2; round += 1) {
    const shown = localParts(guess, timezone);
    const read = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute);
    guess += wanted - read;
  }
  return guess;
}

interface LocalParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

function localParts(moment: number, timezone: string): LocalParts {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = new Map(format.formatToParts(moment).map((part) => [part.type, Number(part.value)]));
  const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return {
    year: get("year"),
    month: get("month"),
    day: get("day"),
    hour: get("hour"),
    minute: get("minute"),
  };
}
