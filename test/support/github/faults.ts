/** What can be made to go wrong between the app and GitHub. */

export type Fault =
  /** 403 with `x-ratelimit-remaining: 0`; over again after so many seconds. */
  | { readonly kind: "primary-limit"; readonly resetAfter: number }
  /** 403 or 429 with `retry-after` in seconds. */
  | { readonly kind: "secondary-limit"; readonly status: 403 | 429; readonly retryAfter: number }
  | { readonly kind: "status"; readonly status: number; readonly message?: string }
  /** The connection breaks; `after`: what was asked for is done, and only the answer is lost. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  | { readonly kind: "slow"; readonly milliseconds: number }
  /** Runs something of the test's, such as killing the app, before or after the request is carried out. */
  | { readonly kind: "call"; readonly when: "before" | "after"; run(): void | Promise<void> };

export interface FaultRule {
  /** An operation (`POST /repos/{owner}/{repo}/pulls`), its beginning with `*` at the end, or a pattern for `METHOD /path`. */
  readonly match: string | RegExp;
  readonly fault: Fault;
  /** How many requests it strikes; without it, all. */
  readonly times?: number;
  /** How many matching requests pass first. */
  readonly after?: number;
}

interface ArmedRule {
  readonly rule: FaultRule;
  seen: number;
  struck: number;
}

export class Faults {
  private armed: ArmedRule[] = [];

  /** @returns takes the rule away again, and says how often it struck */
  inject(rule: FaultRule): { struck(): number; remove(): void } {
    const armed: ArmedRule = { rule, seen: 0, struck: 0 };
    this.armed.push(armed);
    return {
      struck: () => armed.struck,
      remove: () => {
        this.armed = this.armed.filter((one) => one !== armed);
      },
    };
  }

  clear(): void {
    this.armed = [];
  }

  /** The fault for this request, if there is one; counts it. */
  next(operation: string, request: string): Fault | null {
    for (const armed of this.armed) {
      if (!matches(armed.rule.match, operation, request)) continue;
      armed.seen += 1;
      if (armed.seen <= (armed.rule.after ?? 0)) continue;
      if (armed.struck >= (armed.rule.times ?? Infinity)) continue;
      armed.struck += 1;
      return armed.rule.fault;
    }
    return null;
  }
}

function matches(match: string | RegExp, operation: string, request: string): boolean {
  if (typeof match !== "string") return match.test(request);
  if (match.endsWith("*")) return operation.startsWith(match.slice(0, -1)) || request.startsWith(match.slice(0, -1));
  return match === operation || match === request;
}
