// Type annotations become spaces, so lines and columns in stack traces stay true without source maps.
import { stripTypeScriptTypes } from "node:module";

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
