/**
 * What one piece of work knows and nobody may read: the challenge, the request, tokens, the credential. Microsoft's texts
 * quote what they were sent, so every text of an answer goes through here before it is clipped or told to anybody.
 */

/** So many letters and digits in a row that also stand in a secret are a piece of it. */
const pieceLength = 16;
/** A secret that is shorter guards nothing, and its letters stand everywhere. */
const leastLength = 4;
/** Whatever looks like base64 or a token, known or not. */
const longRun = /[A-Za-z0-9+/=_.~%-]{40,}/g;
const guid = /(?<![A-Za-z0-9])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![A-Za-z0-9])/i;
/** More is never shown; what is cut off there is cut between words. */
const textAtMost = 20_000;

const inPlaceOfSecret = "…";

export class KnownSecrets {
  readonly #known = new Set<string>();
  /** Letters and digits only: broken lines, escapes and the two alphabets of base64 differ in the rest. */
  readonly #pieces = new Set<string>();
  #untold: (() => readonly (string | undefined)[])[] = [];

  /** Asked for when there is a text to clean: most work ends without one. */
  add(secrets: () => readonly (string | undefined)[]): void {
    this.#untold.push(secrets);
  }

  #learn(): void {
    const secrets = this.#untold.flatMap((one) => one());
    this.#untold = [];
    for (const secret of secrets) {
      if (secret === undefined || secret.length < leastLength || this.#known.has(secret)) continue;
      this.#known.add(secret);
      const letters = lettersOf(secret);
      for (let start = 0; start + pieceLength <= letters.length; start++)
        this.#pieces.add(letters.slice(start, start + pieceLength));
    }
  }

  /** The text without any of them, whole or in pieces, and without whatever looks like one. */
  readonly clean = (text: string): string => {
    this.#learn();
    const read =
      text.length > textAtMost
        ? `${text.slice(0, textAtMost).replace(/\S*$/, "")}${inPlaceOfSecret}`
        : text;
    let cleaned = this.#withoutPieces(read);
    for (const secret of this.#known) cleaned = cleaned.replaceAll(secret, inPlaceOfSecret);
    // GUIDs are what support asks for.
    return cleaned
      .split(guid)
      .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(longRun, inPlaceOfSecret)))
      .join("");
  };

  #withoutPieces(text: string): string {
    const places = [...text.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index);
    const letters = lettersOf(text);
    let cleaned = "";
    let from = 0;
    for (let start = 0; start + pieceLength <= letters.length; start++) {
      if (!this.#pieces.has(letters.slice(start, start + pieceLength))) continue;
      const begin = places[start] ?? 0;
      const end = (places[start + pieceLength - 1] ?? 0) + 1;
      // Pieces that overlap or touch are one.
      if (begin > from || cleaned === "") cleaned += text.slice(from, begin) + inPlaceOfSecret;
      from = Math.max(from, end);
    }
    return cleaned + text.slice(from);
  }
}

const lettersOf = (text: string): string => text.replaceAll(/[^A-Za-z0-9]/g, "");
