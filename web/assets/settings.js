// Tests a camera without leaving the page, and lets whoever asked change their mind.
for (const form of document.querySelectorAll('.test')) {
  const button = form.querySelector('button'), cancel = form.querySelector('[data-cancel]'), out = form.querySelector('output');
  let running = null;
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (running) return;
    running = new AbortController();
    out.textContent = form.dataset.wait;
    button.setAttribute('aria-disabled', 'true');
    cancel.hidden = false;
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(), cache: 'no-store', signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      out.replaceChildren(...page.getElementById(out.id)?.childNodes ?? [page.querySelector('main')?.textContent.trim() ?? answer.statusText]);
    } catch {
      out.textContent = form.dataset.stopped;
    }
    if (document.activeElement === cancel) button.focus();
    cancel.hidden = true;
    button.removeAttribute('aria-disabled');
    running = null;
  });
  cancel.addEventListener('click', () => running?.abort());
}
