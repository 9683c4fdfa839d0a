/** Sentences come translated from the server; a script never speaks a language of its own. */

type Words = Record<string, string>;

let words: Words | undefined;

function load(): Words {
  const source = document.getElementById('linli-words')?.textContent;
  return source ? (JSON.parse(source) as Words) : {};
}

/** The page's words for a key, with %s replaced in order. */
export function say(key: string, ...values: (string | number)[]): string {
  words ??= load();
  let next = 0;
  return (words[key] ?? key).replace(/%s/g, () => String(values[next++] ?? ''));
}
