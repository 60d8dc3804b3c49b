/** Finds JSON objects in a stream of text, one a line or spread over many, with other text between them. */

/**
 * @param {(object: string) => void} onObject is given the text of each outermost `{…}` that begins a line
 * @returns {(chunk: string) => void}
 */
export function splitObjects(onObject) {
  let collected = "";
  let depth = 0;
  let inString = false;
  let escaped = false;
  let lineIsOther = false;

  const look = (character) => {
    if (depth === 0) return outside(character);
    collected += character;
    if (escaped) escaped = false;
    else if (inString) {
      if (character === "\\") escaped = true;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) {
      onObject(collected);
      collected = "";
    }
  };

  function outside(character) {
    if (character === "\n") lineIsOther = false;
    else if (character === "{" && !lineIsOther) {
      collected = character;
      depth = 1;
    } else if (character.trim() !== "") lineIsOther = true;
  }

  return (chunk) => {
    for (const character of chunk) look(character);
  };
}
