// Follows a package that is being made, and takes the SHA-256 of a paper's file, which
// then never leaves this machine. Without it the page asks again by itself, and the
// server takes the sum.
async function follow() {
  const old = document.querySelector('[data-polled]');
  if (!old) return;
  const query = new URLSearchParams(location.search);
  query.set('part', 'live');
  try {
    const answer = await fetch(location.pathname + '?' + query, { cache: 'no-store' });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(old.id);
    if (answer.ok && !fresh) { // it has ended, and there is something else to do
      query.delete('part');
      query.delete('just');
      return location.replace(location.pathname + (query.size ? '?' + query : ''));
    }
    for (const part of ['p[role=status]', 'progress', '.fingerprint']) {
      const was = old.querySelector(part), is = fresh?.querySelector(part);
      if (was && is) was.replaceWith(document.importNode(is, true));
    }
  } catch { /* the page's own refresh says that the server is away */ }
  setTimeout(follow, 1000);
}
follow();

for (const input of globalThis.crypto?.subtle ? document.querySelectorAll('input[data-digest]') : []) {
  input.addEventListener('change', async () => {
    const file = input.files[0], sum = document.getElementById(input.dataset.digest);
    input.name = 'sha256';
    if (!file) return;
    try {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      if (file !== input.files[0]) return;
      sum.value = Array.from(digest, b => b.toString(16).padStart(2, '0')).join('');
      input.removeAttribute('name'); // the sum says it all
    } catch { /* too large for the browser's memory: the server takes it */ }
  });
}
