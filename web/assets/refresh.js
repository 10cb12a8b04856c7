// Keeps the live parts of the page up to date. A part is replaced only when the
// server draws it differently, and never while somebody uses a field in it; what
// is focused, ticked, chosen, unfolded or scrolled in it stays so.
import { set } from './clock.js';

const drawn = new Map(); // id of a part: its HTML as it came

function remember(root) {
  for (const part of root.querySelectorAll('[data-live]')) drawn.set(part.id, part.outerHTML);
}

function replace(fresh) {
  for (const part of fresh.querySelectorAll('[data-live]')) {
    const html = part.outerHTML;
    const old = document.getElementById(part.id);
    if (!old || drawn.get(part.id) === html) continue;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    if (active?.matches('input, select, textarea')) continue;
    if (old.dataset.busy) continue;
    drawn.set(part.id, html);
    const next = document.importNode(part, true);
    for (const open of old.querySelectorAll('details[open]')) {
      const same = open.id && next.querySelector('#' + CSS.escape(open.id));
      if (same) same.open = true;
    }
    for (const box of old.querySelectorAll('input[type=checkbox], select')) {
      const same = next.querySelector(`[name="${box.name}"]` + (box.matches('select') ? '' : `[value="${CSS.escape(box.value)}"]`));
      if (box.matches('select') && [...same?.options ?? []].some(o => o.value === box.value)) same.value = box.value;
      if (same && box.matches('input')) same.checked = box.checked;
    }
    const scrolled = [...old.querySelectorAll('details[open] ol')].map(list => [list.parentElement.id, list.scrollTop]);
    old.replaceWith(next);
    for (const [id, top] of scrolled) {
      const list = document.getElementById(id)?.querySelector('ol');
      if (list) list.scrollTop = top;
    }
    if (active) {
      const details = active.closest('details')?.id;
      const again = active.id ? document.getElementById(active.id)
        : active.matches('summary') ? document.getElementById(details)?.querySelector('summary')
        : active.hasAttribute('href') ? next.querySelector(`a[href="${CSS.escape(active.getAttribute('href'))}"]`) : null;
      again?.focus({ preventScroll: true });
    }
  }
  set();
  document.dispatchEvent(new CustomEvent('sjudager:drawn'));
}

async function refresh() {
  let again = 5000;
  if (document.visibilityState === 'visible') {
    try {
      const query = new URLSearchParams(location.search);
      query.set('part', 'live');
      const answer = await fetch(location.pathname + '?' + query, { cache: 'no-store' });
      if (!answer.ok) throw new Error(answer.statusText);
      again = Number(answer.headers.get('Refresh-After')) || again;
      replace(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      document.getElementById('stale').hidden = true;
    } catch {
      // The server is away; the page says that it is old and tries again.
      document.getElementById('stale').hidden = false;
    }
  }
  setTimeout(refresh, again);
}

remember(document);
setTimeout(refresh, 5000);
