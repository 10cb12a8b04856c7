// Plays segments without leaving the page, so that a half-filled form is not
// lost; one segment follows another, and none outlives its deadline.
import { clock, now } from './clock.js';

const player = () => document.getElementById('player');

let turn = 0; // of calls to play: a slow answer to an earlier one is too late

// play shows what an address of the page plays. The page's own address follows,
// so that a reload shows the same.
export async function play(href, focus) {
  const mine = ++turn;
  const url = new URL(href, location.href);
  history.replaceState(null, '', url.pathname + url.search);
  url.searchParams.set('part', 'player');
  const answer = await fetch(url, { cache: 'no-store' });
  if (!answer.ok || mine !== turn) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('player');
  player().replaceWith(document.importNode(fresh, true));
  begin();
  player().scrollIntoView({ block: 'nearest' });
  if (focus) player().querySelector('video, a[data-play]')?.focus({ preventScroll: true });
}

let expiry;

// begin attaches to what the server drew.
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
    play(location.href);
  }, Math.max(1000, left + 100));
}

// cannot says that the browser cannot play it, unless it has gone meanwhile.
async function cannot(video) {
  const src = video.getAttribute('src');
  if (!src) return;
  const there = await fetch(src.split('#')[0], { method: 'HEAD', cache: 'no-store' });
  if (!video.isConnected) return;
  if (!there.ok) return play(location.href);
  player().querySelector('.cannot').hidden = false;
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-play]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  play(link.href, true);
});

begin();
