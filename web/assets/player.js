// Plays segments without leaving the page, so that a half-filled form is not
// lost; one segment follows another, and none outlives its deadline.
import { clock, now } from './clock.js';

const player = () => document.getElementById('player');

// play shows what the address says. The address of the page follows, so that a
// reload shows the same.
export async function play(href, focus) {
  const url = new URL(href, location.href);
  const kept = new URLSearchParams(location.search);
  for (const name of ['hold', 'close', 'just', 'clock']) kept.delete(name);
  for (const name of ['camera', 'at']) kept.set(name, url.searchParams.get(name));
  // The window stays where it is, whatever is played in it.
  const window_ = document.getElementById('cameras').dataset;
  if (!kept.has('from') && kept.get('zoom') !== 'day') kept.set('from', new Date(Number(window_.from)).toISOString());
  if (!kept.has('day')) kept.set('day', document.querySelector('.days a[aria-current]')?.id.slice(4) ?? '');
  if (kept.get('day') === '') kept.delete('day');
  const query = new URLSearchParams(kept);
  query.set('part', 'player');
  const answer = await fetch('/?' + query, { cache: 'no-store' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('player');
  player().replaceWith(document.importNode(fresh, true));
  begin();
  player().scrollIntoView({ block: 'nearest' });
  if (focus) player().querySelector('video, a[data-play]')?.focus({ preventScroll: true });
}

let expiry;

// begin attaches to the figure that the server drew.
function begin() {
  clearTimeout(expiry);
  document.dispatchEvent(new CustomEvent('sjudager:playing', { detail: null }));
  const video = player().querySelector('video');
  if (!video) return;
  const { camera } = video.dataset;
  const start = Number(video.dataset.start);
  const head = player().querySelector('.playhead');
  const day = head.textContent.replace(/\d\d:\d\d:\d\d.*$/, '');
  const show = () => {
    const at = start + video.currentTime * 1000;
    head.textContent = day + clock(at);
    document.dispatchEvent(new CustomEvent('sjudager:playing', { detail: { camera, at } }));
  };
  video.addEventListener('timeupdate', show);
  video.addEventListener('loadedmetadata', () => video.play().catch(() => {}));
  video.addEventListener('error', () => cannot(video));
  // A video without a picture raises no error: Chromium plays its silence.
  video.addEventListener('loadeddata', () => { if (video.videoWidth === 0) cannot(video); });
  if (video.error) cannot(video);
  video.addEventListener('ended', () => {
    const next = player().querySelector('a[rel=next]');
    if (next) play(next.href, document.activeElement === video);
  });
  // What the reader has loaded goes at its deadline, too.
  const left = Number(video.dataset.deadline) - now();
  if (left < 2 ** 31) expiry = setTimeout(() => {
    video.removeAttribute('src');
    video.load();
    const here = new URL(location.href);
    here.searchParams.set('camera', camera);
    here.searchParams.set('at', new Date(start).toISOString());
    play(here.href);
  }, Math.max(0, left) + 200);
}

function cannot(video) {
  if (!video.getAttribute('src')) return;
  const said = player().querySelector('.cannot');
  if (said) said.hidden = false;
  video.classList.add('dark');
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-play]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  play(link.href, true);
});

begin();
