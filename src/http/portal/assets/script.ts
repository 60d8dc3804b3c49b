/** All the script that is ours: without it, every page still works but for the copy buttons, and a form can be sent twice. */
export const script = `
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = label), 1500);
});

// An impatient second click does not do it twice. After a while it may: what was sent has not arrived then.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (Date.now() - (form.dataset.sent ?? 0) < 10000) event.preventDefault();
  else form.dataset.sent = Date.now();
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// What a page asks for by itself must not keep a session alive that nobody uses.
let lastTouched = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel"])
  document.addEventListener(kind, () => (lastTouched = Date.now()), { passive: true });
document.addEventListener("htmx:beforeRequest", (event) => {
  const isPolling = event.detail.requestConfig.triggeringEvent === undefined;
  if (isPolling && (document.hidden || Date.now() - lastTouched > 600000)) event.preventDefault();
});
`;
