// Timelines that answer: what lies under the pointer, a click plays, a drag
// chooses the span to hold. The chosen span is what the form says, nothing else,
// so typing in the form shows on the timelines as well.
import { clock, instants, now, reading } from './clock.js';
import { play } from './player.js';

const section = () => document.getElementById('cameras');
const form = () => document.getElementById('holdform');
const span = () => ({ from: Number(section().dataset.from), to: Number(section().dataset.to) });
const tracks = () => [...document.querySelectorAll('.track')];

let cursor = null;  // where the pointer or the keys are, in ms
let over = null;    // id of the track that they are on
let drag = null;    // {track, x, from, to} while a button is down
let playing = null; // {camera, at}

function part(t) {
  const { from, to } = span();
  return Math.min(1, Math.max(0, (t - from) / (to - from)));
}

// round gives a chosen time the precision that the hand had.
function round(t, track) {
  const { from, to } = span();
  const pixel = (to - from) / track.clientWidth;
  const step = [1000, 5000, 10000, 30000, 60000, 300000].find(s => s >= pixel) ?? 300000;
  return Math.round(t / step) * step;
}

function timeAt(track, x) {
  const box = track.getBoundingClientRect();
  const { from, to } = span();
  return from + (to - from) * Math.min(1, Math.max(0, (x - box.left) / box.width));
}

// what says what lies at t.
function what(track, t) {
  const found = [...track.querySelectorAll('[data-text]')]
    .filter(piece => Number(piece.dataset.from) <= t && t < Number(piece.dataset.to))
    .map(piece => piece.dataset.text);
  return [clock(t), ...new Set(found)].join(' · ');
}

function layer(track, name) {
  let element = track.querySelector('.' + name);
  if (!element) {
    element = document.createElement('div');
    element.className = name;
    track.append(element);
  }
  return element;
}

function chosen() {
  if (drag?.moved) return { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) };
  const end = name => {
    const f = form();
    const day = f?.elements[name + '_day'].value, time = f?.elements[name + '_clock'].value;
    const possible = instants(Date.parse(`${day}T${time}Z`));
    const meant = Date.parse((f?.querySelector(`input[name=${name}_at]:checked`) ?? f?.querySelector(`input[name=${name}_at]`))?.value);
    return possible.find(t => t === meant) ?? possible[0];
  };
  const from = end('from'), to = end('to');
  return from < to ? { from, to } : null;
}

function held(camera) {
  if (drag?.moved && drag.camera === camera) return true;
  return [...form()?.querySelectorAll('input[name=camera]:checked') ?? []].some(box => box.value === camera);
}

// draw puts what moves on top of what the server drew.
function draw() {
  const choice = chosen();
  for (const track of tracks()) {
    const { camera } = track.dataset;
    if (!track.hasAttribute('role')) {
      track.setAttribute('role', 'slider');
      track.setAttribute('tabindex', '0');
      track.setAttribute('aria-label', track.dataset.name);
      track.setAttribute('aria-describedby', 'track-help');
      track.setAttribute('aria-valuemin', span().from);
      track.setAttribute('aria-valuemax', span().to);
    }
    const at = cursor ?? Math.min(span().to, now());
    track.setAttribute('aria-valuenow', Math.round(at));
    track.setAttribute('aria-valuetext', what(track, at));

    const hair = layer(track, 'hair');
    hair.hidden = cursor === null;
    hair.style.left = 100 * part(cursor ?? 0) + '%';

    const tip = layer(track, 'tip');
    tip.hidden = cursor === null || over !== track.id;
    if (!tip.hidden) {
      tip.textContent = drag?.moved ? clock(choice.from) + ' – ' + clock(choice.to) : what(track, cursor);
      const room = track.clientWidth - tip.offsetWidth;
      tip.style.left = Math.max(0, Math.min(room, part(cursor) * track.clientWidth - tip.offsetWidth / 2)) + 'px';
    }

    const band = layer(track, 'chosen');
    const shown = choice && held(camera) && choice.to > span().from && choice.from < span().to;
    band.hidden = !shown;
    if (shown) {
      band.style.left = 100 * part(choice.from) + '%';
      band.style.width = 100 * (part(choice.to) - part(choice.from)) + '%';
    }

    const head = layer(track, 'head');
    head.hidden = playing?.camera !== camera || playing.at < span().from || playing.at > span().to;
    if (!head.hidden) head.style.left = 100 * part(playing.at) + '%';
  }
  if (drag) section().dataset.busy = 'true';
  else delete section().dataset.busy;
}

// fill writes one end of the span into the form.
function fill(name, t) {
  const f = form();
  const { day, clock: time } = reading(t);
  f.elements[name + '_day'].value = day;
  f.elements[name + '_clock'].value = time;
  f.querySelector(`input[type=hidden][name=${name}_at]`).value = new Date(t).toISOString();
  for (const radio of f.querySelectorAll(`input[type=radio][name=${name}_at]`)) radio.checked = false;
}

function tick(camera) {
  const box = form()?.querySelector(`input[name=camera][value="${CSS.escape(camera)}"]`);
  if (box) box.checked = true;
}

function playAt(track, t) {
  play(track.dataset.href.replace('AT', encodeURIComponent(new Date(t).toISOString())), false);
}

document.addEventListener('pointerdown', event => {
  const track = event.target.closest('.track');
  if (!track || event.button) return;
  const t = timeAt(track, event.clientX);
  drag = { id: track.id, camera: track.dataset.camera, x: event.clientX, from: round(t, track), to: round(t, track), moved: false };
  cursor = t;
  over = track.id;
  event.preventDefault(); // no dragging of links, no selecting of text
  track.focus({ preventScroll: true, focusVisible: false });
});

document.addEventListener('pointermove', event => {
  const track = drag ? document.getElementById(drag.id) : event.target.closest?.('.track');
  if (!track) {
    if (over && cursor !== null && event.pointerType === 'mouse' && document.activeElement?.id !== over) { cursor = null; over = null; draw(); }
    return;
  }
  cursor = timeAt(track, event.clientX);
  over = track.id;
  if (drag) {
    drag.to = round(cursor, track);
    drag.moved ||= Math.abs(event.clientX - drag.x) > 4;
  }
  draw();
});

document.addEventListener('pointerup', event => {
  if (!drag) return;
  const done = drag, choice = chosen(), track = document.getElementById(done.id);
  drag = null;
  if (done.moved && choice.from < choice.to) {
    fill('from', choice.from);
    fill('to', choice.to);
    tick(done.camera);
  } else if (!done.moved) {
    playAt(track, timeAt(track, event.clientX));
  }
  draw();
});

document.addEventListener('pointercancel', () => { drag = null; draw(); });

// The links under the pointer are for those without a script.
document.addEventListener('click', event => {
  if (event.target.closest('.track') && !event.ctrlKey && !event.metaKey) event.preventDefault();
  const hold = event.target.closest('a[data-hold]');
  if (hold) {
    event.preventDefault();
    fill('from', Math.floor(Number(hold.dataset.from) / 1000) * 1000);
    fill('to', Math.ceil(Number(hold.dataset.to) / 1000) * 1000);
    tick(hold.dataset.camera);
    form().elements.ground.focus();
    draw();
  }
});

document.addEventListener('keydown', event => {
  const track = event.target.closest?.('.track');
  if (!track || event.altKey || event.ctrlKey || event.metaKey) return;
  const { from, to } = span();
  const step = Math.max(1000, Math.round((to - from) / 288 / 1000) * 1000) * (event.shiftKey ? 12 : 1);
  const start = cursor ?? Math.min(to, now());
  const moves = { ArrowLeft: start - step, ArrowRight: start + step, Home: from, End: to };
  if (event.key in moves) {
    cursor = Math.round(Math.min(to, Math.max(from, moves[event.key])) / 1000) * 1000;
    over = track.id;
  } else if (event.key === 'Enter') {
    playAt(track, start);
  } else if (event.key.toLowerCase() === 'b' || event.key.toLowerCase() === 'e') {
    fill(event.key.toLowerCase() === 'b' ? 'from' : 'to', Math.round(start / 1000) * 1000);
    tick(track.dataset.camera);
  } else if (event.key === 'Escape') {
    cursor = null;
  } else return;
  event.preventDefault();
  draw();
});

document.addEventListener('focusout', event => {
  if (event.target.closest?.('.track') && !drag && event.relatedTarget) { cursor = null; over = null; draw(); }
});
document.addEventListener('input', event => { if (event.target.closest('#holdform')) draw(); });
document.addEventListener('sjudager:drawn', draw);
document.addEventListener('sjudager:playing', event => { playing = event.detail; draw(); });

draw();
