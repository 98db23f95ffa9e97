/** An answer that GitHub gives instead of doing what was asked. */
export interface ErrorDetail {
  readonly resource?: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly ErrorDetail[] | null;

  constructor(status: number, message: string, errors: readonly ErrorDetail[] | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (message = "Not Found"): ApiError => new ApiError(404, message);

export const notAccessible = (): ApiError => new ApiError(403, "Resource not accessible by integration");

export const invalid = (...errors: ErrorDetail[]): ApiError => new ApiError(422, "Validation Failed", errors);
