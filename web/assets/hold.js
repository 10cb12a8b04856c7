// The dialogs that hold footage. The form is the server's own and works as a page,
// too; here it is asked for in parts, says how much it would keep while it is filled
// in, and the answer stays beside the pictures.
const dialog = () => document.getElementById('hold-dialog');

let asked; // a turn: an estimate that comes late is of no use

function parse(text) { return new DOMParser().parseFromString(text, 'text/html'); }

function withPart(address) {
  const url = new URL(address, location.href);
  url.searchParams.set('part', 'form');
  return url;
}

// hold opens the form for cameras and a span in ms.
export async function hold(cameras, span) {
  const query = new URLSearchParams(location.search), url = withPart(document.getElementById('hold-button').getAttribute('href'));
  for (const name of ['lang', 'tz']) if (query.has(name)) url.searchParams.set(name, query.get(name));
  for (const c of cameras) url.searchParams.append('camera', c);
  if (span) {
    url.searchParams.set('from', new Date(Math.floor(span.from / 1000) * 1000).toISOString());
    url.searchParams.set('to', new Date(Math.ceil(span.to / 1000) * 1000).toISOString());
  }
  const answer = await fetch(url, { cache: 'no-store' });
  if (!answer.ok) return location.assign(url);
  fill(parse(await answer.text()).querySelector('section'));
  dialog().showModal();
  dialog().querySelector('#ground')?.focus();
  estimate();
}

function fill(content) {
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'close';
  close.dataset.close = '';
  close.textContent = '×';
  close.setAttribute('aria-label', document.documentElement.lang === 'nb' ? 'Lukk' : 'Close');
  dialog().replaceChildren(close, document.importNode(content, true));
}

const form = () => dialog().querySelector('form');

async function send(extra = {}) {
  const body = new URLSearchParams(new FormData(form()));
  for (const [name, value] of Object.entries(extra)) body.set(name, value);
  return fetch(withPart(form().getAttribute('action')), { method: 'POST', body, cache: 'no-store' });
}

async function estimate() {
  const turn = asked = {};
  const answer = await send({ do: 'estimate' });
  const fresh = parse(await answer.text());
  if (turn !== asked || !form()) return;
  const old = dialog().querySelector('#estimate'), next = fresh.getElementById('estimate');
  if (old && next) old.replaceWith(document.importNode(next, true));
}

let later;
document.addEventListener('input', event => {
  if (!event.target.closest('#hold-dialog form') || event.target.matches('textarea, #case, #place, #ground')) return;
  clearTimeout(later);
  later = setTimeout(estimate, 300);
});

document.addEventListener('submit', async event => {
  const quick = event.target.closest('#quick-dialog form');
  if (!quick && !event.target.closest('#hold-dialog form')) return;
  event.preventDefault();
  let answer;
  if (quick) {
    const body = new URLSearchParams(new FormData(quick, event.submitter));
    answer = await fetch(quick.getAttribute('action'), { method: 'POST', body, cache: 'no-store' });
  } else if (event.submitter?.value === 'estimate') return estimate();
  else answer = await send(event.submitter?.name ? { [event.submitter.name]: event.submitter.value } : {});
  const page = parse(await answer.text());
  const shown = page.querySelector('#hold') ?? page.querySelector('#holdform')?.closest('section') ?? page.querySelector('main');
  document.getElementById('quick-dialog').close();
  fill(shown);
  if (!dialog().open) dialog().showModal();
  if (page.querySelector('#hold')) document.dispatchEvent(new CustomEvent('sjudager:held'));
  (dialog().querySelector('[aria-invalid]') ?? dialog().querySelector('.pick-row[autofocus]') ?? dialog().querySelector('h1, h2'))?.focus();
  if (form()?.id === 'holdform') estimate();
});

document.addEventListener('click', event => {
  if (event.target.closest('[data-close]')) event.target.closest('dialog').close();
});
