// Asks why footage is watched, before it is shown (R55). The site says which cameras
// ask, and remembers the answer for the session; the page loads this where it asks at all.
let known = null; // {cameras: {id: [{code, nb, en}]}, stated: {id: code}}

const dialog = () => document.getElementById('purpose-dialog');

// stated returns whether the cameras may be shown: their purpose is known, or has
// just been given.
export async function stated(cameras, words) {
  if (!known) {
    const answer = await fetch('/api/v1/purposes', { cache: 'no-store' });
    if (!answer.ok) return false;
    known = await answer.json();
  }
  const ask = cameras.filter(c => known.cameras[c]?.length && !known.stated[c]);
  if (!ask.length) return true;
  const common = known.cameras[ask[0]].filter(p => ask.every(c => known.cameras[c].some(q => q.code === p.code)));
  const list = document.getElementById('purposes'), wrong = dialog().querySelector('.wrong');
  wrong.hidden = common.length > 0;
  wrong.textContent = common.length ? '' : words.noPurposes;
  list.replaceChildren(list.firstElementChild, ...common.map((p, i) => {
    const label = document.createElement('label'), radio = document.createElement('input');
    label.className = 'tick';
    Object.assign(radio, { type: 'radio', name: 'purpose', value: p.code, required: true, checked: i === 0 });
    label.append(radio, ' ', p[document.documentElement.lang] ?? p.code);
    return label;
  }));
  dialog().returnValue = '';
  dialog().showModal();
  await new Promise(done => dialog().addEventListener('close', done, { once: true }));
  const code = list.querySelector('input:checked')?.value;
  if (dialog().returnValue !== 'ok' || !code) return false;
  const answer = await fetch('/api/v1/purpose', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ purpose: code, cameras: ask }),
  });
  if (!answer.ok) return false;
  for (const c of ask) known.stated[c] = code;
  return true;
}
