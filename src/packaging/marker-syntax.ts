export const MARKER_VARIABLES = [
  "os_name",
  "sys_platform",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_system",
  "platform_version",
  "python_version",
  "python_full_version",
  "implementation_name",
  "implementation_version",
] as const;

export type MarkerVariable = (typeof MARKER_VARIABLES)[number];

/** Values of the marker variables for a target. */
export type MarkerEnvironment = Readonly<Record<MarkerVariable, string>>;
