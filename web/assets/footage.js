// The page with the footage: what is chosen (cameras, moment, span) is kept here, and
// in the address, so that a reload or a link shows the same.
import { clock, day, instants, now, reading } from './clock.js';
import { hold } from './hold.js';
import { Player } from './player.js';
import { Timeline } from './timeline.js';

const $ = id => document.getElementById(id);
const root = $('footage'), data = root.dataset;
const words = JSON.parse(data.words);
const cameras = [...document.querySelectorAll('.names input')].map(box => ({ id: box.value, name: box.labels[0].textContent.trim() }));
const byID = new Map(cameras.map(c => [c.id, c]));
const hour = 3_600_000;

// stated asks why, where the site wants to know: only there is the module loaded.
const stated = async list => !data.purposes || (await import('./purpose.js')).stated(list, words);

let shown = JSON.parse(data.shown);
let marking = false;

document.documentElement.classList.add('scripted');

const player = new Player($('tiles'), {
  words, save: data.save === 'true',
  stamp: () => `${data.who} · ${day(now())} ${clock(now())}`,
  explain: (id, t) => `${byID.get(id).name}, ${clock(t)}: ${timeline?.what(id, t) ?? ''}`,
  lacking: () => timeline?.load(true),
  hide: id => show(shown.filter(c => c !== id)),
  next, moved, changed,
});

const timeline = cameras.length ? new Timeline({
  words, cameras,
  marking: () => marking,
  play: (id, t) => play(t, id),
  selected(span, id) {
    if (!shown.includes(id)) selectedOn = id;
    select(span);
  },
  moved: () => { $('window').textContent = `${day(timeline.from)} ${clock(timeline.from).slice(0, 5)} – ${clock(timeline.to).slice(0, 5)}`; days(); },
}) : null;

let selectedOn = null; // a camera that is not shown, but was dragged on
if (timeline) timeline.marked = chosen;

// chosen are the cameras that a hold would be for.
function chosen() {
  return [...new Set([...shown, ...selectedOn ? [selectedOn] : []])];
}

// show puts cameras beside each other, after their purpose is stated.
async function show(list) {
  list = [...new Set(list)];
  if (list.length > 4) {
    note(words.tooMany);
    list = list.slice(0, 4);
  }
  if (player.wall !== null && !await stated(list)) list = list.filter(c => shown.includes(c));
  shown = cameras.map(c => c.id).filter(c => list.includes(c));
  for (const box of document.querySelectorAll('.names input')) box.checked = shown.includes(box.value);
  $('pick')?.remove();
  if (player.wall !== null) player.show(shown.map(c => byID.get(c)));
  address();
  timeline?.draw();
}

// play shows t of the cameras that are shown, and of this one.
async function play(t, camera, start = true) {
  if (camera && !shown.includes(camera)) await show(shown.length < 4 ? [...shown, camera] : [...shown.slice(0, 3), camera]);
  if (!shown.length) await show(cameras.slice(0, 1).map(c => c.id));
  if (data.watch !== 'true' || !await stated(shown)) return;
  player.show(shown.map(c => byID.get(c)));
  player.seek(Math.min(t, now()));
  if (start) player.play(true);
  address();
}

function moved(wall) {
  $('at-day').textContent = day(wall);
  $('at-clock').textContent = clock(wall);
  if (!timeline) return;
  timeline.head = wall;
  // The window follows what is played, but never while somebody is using it.
  if (player.playing && wall > timeline.to && wall - timeline.to < hour && !timeline.drag) timeline.show(wall, wall + timeline.to - timeline.from);
  timeline.draw();
}

function changed() {
  const button = root.querySelector('[data-do=play]');
  button.textContent = player.playing ? words.pause : words.play;
  button.setAttribute('aria-pressed', player.playing);
  if (!player.playing && player.wall !== null) address();
}

// address writes what is shown into the page's address.
function address() {
  const query = new URLSearchParams(location.search);
  query.delete('camera');
  for (const c of shown) query.append('camera', c);
  for (const name of ['clock', 'part']) query.delete(name);
  if (player.wall !== null) {
    query.set('at', new Date(player.wall).toISOString());
    query.delete('day');
  }
  history.replaceState(null, '', location.pathname + '?' + query);
}

// next goes on at the first footage that these cameras have after the moment.
async function next(list = shown) {
  if (player.wall === null) return;
  const from = player.wall + 1000, to = Math.min(now(), from + 7 * 24 * hour);
  if (from >= to) return;
  const iso = t => new Date(t).toISOString();
  const answer = await fetch(`/opptak/tidslinje?from=${iso(from)}&to=${iso(to)}`, { cache: 'no-store' });
  if (!answer.ok) return;
  const starts = (await answer.json()).cameras.filter(c => list.includes(c.id)).flatMap(c => c.runs.map(r => r[0])).filter(t => t >= from);
  if (starts.length) {
    const t = Math.min(...starts);
    timeline?.reveal(t);
    play(t);
  }
}

function note(text) {
  $('goto-wrong').hidden = !text;
  $('goto-wrong').replaceChildren(text ?? '');
}

function select(span) {
  if (timeline) timeline.selection = span;
  $('selection').hidden = !span;
  if (span) {
    const seconds = Math.round((span.to - span.from) / 1000);
    const names = chosen().map(c => byID.get(c).name).join(', ');
    $('selection-text').textContent = `${words.selected}: ${day(span.from)} ${clock(span.from)} – ${clock(span.to)} (${Math.floor(seconds / 60)} min ${seconds % 60} s) · ${names}`;
  } else selectedOn = null;
  timeline?.draw();
}

// end sets one end of the selection at the cursor, or at what is played.
function end(name) {
  const t = Math.round((timeline?.cursor ?? player.wall ?? now()) / 1000) * 1000, old = timeline.selection;
  if (document.activeElement === timeline.track && !shown.length) selectedOn = cameras[timeline.row].id;
  select(name === 'from' ? { from: t, to: Math.max(t + 1000, old?.to ?? t + 60_000) } : { from: Math.min(t - 1000, old?.from ?? t - 60_000), to: t });
}

function openHold() {
  if (!$('hold-button')) return;
  const at = player.wall ?? now();
  hold(chosen(), timeline?.selection ?? { from: at - 5 * 60_000, to: Math.min(at + 5 * 60_000, now()) });
}

function openQuick() {
  if (!$('quick-button')) return;
  const dialog = $('quick-dialog'), form = dialog.querySelector('form'), at = Math.min(player.wall ?? now(), now() - 1000);
  form.elements.at.value = new Date(at).toISOString();
  $('quick-at').textContent = `${day(at)} ${clock(at)}`;
  for (const old of form.querySelectorAll('[name=camera]')) old.remove();
  $('quick-shown').hidden = !shown.length;
  $('quick-shown').onclick = () => {
    for (const c of shown) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'camera', value: c }));
  };
  dialog.showModal();
}

// windowOf looks at a day of the calendar, or at most until a little after now.
function windowOf(text) {
  const start = instants(Date.parse(text + 'T00:00:00Z'))[0] ?? Date.parse(text + 'T00:00:00Z');
  const after = new Date(Date.parse(text + 'T00:00:00Z') + 36 * hour).toISOString().slice(0, 10);
  timeline?.show(start, instants(Date.parse(after + 'T00:00:00Z'))[0] ?? start + 24 * hour);
}

function days() {
  const middle = reading((timeline.from + timeline.to) / 2).day;
  for (const link of document.querySelectorAll('a[data-day]')) {
    if (link.dataset.day === middle) link.setAttribute('aria-current', 'date');
    else link.removeAttribute('aria-current');
  }
}

// What the buttons and the keys do.
const acts = {
  play: () => player.wall === null ? play(timeline?.cursor ?? now() - 60_000) : player.closed ? (player.seek(player.wall), player.play(true)) : player.play(!player.playing),
  back: () => player.wall !== null && play(player.wall - 10_000, null, player.playing),
  on: () => player.wall !== null && play(player.wall + 10_000, null, player.playing),
  'frame-back': () => player.wall !== null && player.frame(-1),
  'frame-on': () => player.wall !== null && player.frame(1),
  slower: () => speed(-1), faster: () => speed(1), next: () => next(),
  in: () => timeline?.zoom(0.5, timeline.head ?? undefined), out: () => timeline?.zoom(2),
  earlier: () => timeline?.pan(-0.5), later: () => timeline?.pan(0.5),
  now: () => timeline?.show(now() - 0.9 * (timeline.to - timeline.from), now() + 0.1 * (timeline.to - timeline.from)),
  mark() {
    marking = !marking;
    root.querySelector('[data-do=mark]').setAttribute('aria-pressed', marking);
  },
  hold: openHold, quick: openQuick, unselect: () => select(null), help: () => $('help-dialog').showModal(),
  begin: () => end('from'), end: () => end('to'), time: () => $('goto').elements.clock.select(),
};
const keys = {
  ' ': 'play', k: 'play', j: 'back', l: 'on', ',': 'frame-back', '.': 'frame-on', '<': 'slower', '>': 'faster', n: 'next', '+': 'in', '-': 'out',
  b: 'begin', e: 'end', s: 'hold', h: 'quick', t: 'time', '?': 'help',
};

function speed(by) {
  const list = $('speed');
  list.selectedIndex = Math.max(0, Math.min(list.length - 1, list.selectedIndex + by));
  player.rate = Number(list.value);
}
$('speed').addEventListener('change', () => speed(0));

document.addEventListener('click', event => {
  const button = event.target.closest('[data-do]');
  if (button) acts[button.dataset.do]();
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const date = event.target.closest('a[data-day]'), entry = event.target.closest('a[data-at]');
  if (date || entry || event.target.closest('#hold-button')) event.preventDefault();
  if (date) windowOf(date.dataset.day);
  if (entry) {
    timeline.reveal(Number(entry.dataset.at));
    play(Number(entry.dataset.at), new URL(entry.href).searchParams.get('camera'));
  }
  if (event.target.closest('#hold-button')) openHold();
  if (event.target.closest('#quick-button')) openQuick();
  if (event.target.closest('#help-button')) acts.help();
});

document.addEventListener('keydown', event => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (event.target.matches('input:not([type=checkbox]), select, textarea')) return;
  if (event.key === ' ' && event.target.matches('a, button, summary, input')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (/^[1-9]$/.test(key) && cameras[key - 1]) {
    const { id } = cameras[key - 1];
    show(shown.includes(id) ? shown.filter(c => c !== id) : [...shown, id]);
  } else if (keys[key]) acts[keys[key]]();
  else return;
  event.preventDefault();
});

$('rows')?.addEventListener('change', event => {
  const { value, checked } = event.target;
  show(checked ? [...shown, value] : shown.filter(c => c !== value));
});

$('older-form').addEventListener('change', event => { if (event.target.value) windowOf(event.target.value); });

// A typed time goes there; the hour that a night repeats is asked about.
$('goto').addEventListener('submit', event => {
  event.preventDefault();
  note('');
  const { day: date, clock: typed } = event.target.elements;
  const digits = typed.value.trim().replaceAll('.', ':').replaceAll(' ', '');
  const parts = digits.includes(':') ? digits.split(':') : digits.padStart(digits.length + digits.length % 2, '0').match(/\d\d/g) ?? [];
  const text = [...parts, '00'].slice(0, 3).map(p => p.padStart(2, '0')).join(':');
  const wall = parts.length >= 2 && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) ? Date.parse(`${date.value}T${text}Z`) : NaN;
  if (Number.isNaN(wall)) return note(words.time);
  const possible = instants(wall);
  if (possible.length === 1) return go(possible[0]);
  note((possible.length ? words.twice : words.never).replace('%s', text));
  for (const t of possible) {
    const choice = Object.assign(document.createElement('button'), { type: 'button', textContent: clock(t) });
    choice.addEventListener('click', () => { note(''); go(t); });
    $('goto-wrong').append(' ', choice);
  }
});

function go(t) {
  if (timeline && (t < timeline.from || t > timeline.to)) {
    const length = Math.min(timeline.to - timeline.from, hour);
    timeline.show(t - length / 2, t + length / 2);
  }
  play(t);
}

document.addEventListener('sjudager:held', () => { select(null); timeline?.load(true); });

// Nobody looks at a page that nobody uses: playback closes (R62).
let used = performance.now();
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) document.addEventListener(kind, () => { used = performance.now(); }, { passive: true });
setInterval(() => {
  if (player.wall !== null && !player.closed && performance.now() - used > Number(data.idle) * 1000) player.close();
}, 1000);

windowOf(data.day);
if (data.at) {
  const at = Number(data.at);
  if (timeline) timeline.show(at - hour / 2, at + hour / 2);
  play(at);
} else if (timeline && timeline.to > now() && timeline.from < now()) timeline.show(now() - 5.4 * hour, now() + 0.6 * hour);
