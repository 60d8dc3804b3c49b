/** The little of the REST API that the demo needs: JSON in, JSON out, problems as sentences. */
import { Sentence } from "./terminal.mjs";

/** An answer that is no success, with its problem document. */
export class ApiProblem extends Sentence {
  constructor(method, path, status, problem) {
    super(`${method} ${path} answered ${status}: ${problem}`);
    this.status = status;
  }
}

/**
 * @param {string} baseUrl
 * @param {string} key
 */
export function createApi(baseUrl, key) {
  async function call(method, path, body) {
    const response = await fetch(`${baseUrl}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiProblem(method, path, response.status, problemOf(text));
    return text === "" ? undefined : JSON.parse(text);
  }

  const api = {
    get: (path) => call("GET", path),
    post: (path, body = {}) => call("POST", path, body),
    patch: (path, body) => call("PATCH", path, body),

    /** All items of a list, page after page. */
    async list(path) {
      const items = [];
      let cursor;
      do {
        const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
        const page = await call("GET", `${path}${query}`);
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined && cursor !== null);
      return items;
    },

    /** The item of that name: the one that is there and good, or a new one. */
    async ensure(path, body, isGood = () => true) {
      const present = (await api.list(path)).find(
        (item) => item.name === body.name && isGood(item),
      );
      return present ?? (await call("POST", path, body));
    },
  };
  return api;
}

function problemOf(text) {
  try {
    const { title, detail, errors } = JSON.parse(text);
    return [title, detail, errors && JSON.stringify(errors)].filter(Boolean).join(", ");
  } catch {
    return text.slice(0, 300);
  }
}
