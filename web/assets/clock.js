// The site's clocks. The server says what they add to UTC and from when on; the
// browser's own time zone is never asked.

// ahead is the server's clock less ours.
let ahead = 0;
const shown = () => document.getElementById('clock');

// set takes the server's time from the page, which has just been drawn.
export function set() { ahead = Number(shown().dataset.now) - Date.now(); }

// now is the server's time.
export function now() { return Date.now() + ahead; }

function offsets() {
  return JSON.parse(document.getElementById('headline').dataset.offsets);
}

// offsetAt returns the milliseconds that the clocks add to UTC at t.
export function offsetAt(t) {
  let seconds = 0;
  for (const o of offsets()) if (o.from <= t || seconds === 0) seconds = o.seconds;
  return seconds * 1000;
}

// instants returns when the clocks show wall, which is milliseconds as if the
// site were in UTC: two instants in the hour that an autumn night repeats.
export function instants(wall) {
  const found = new Set();
  for (const o of offsets()) {
    const t = wall - o.seconds * 1000;
    if (offsetAt(t) === o.seconds * 1000) found.add(t);
  }
  return [...found].sort((a, b) => a - b);
}

// reading returns day and time of day at t, as the form writes them.
export function reading(t) {
  const text = new Date(t + offsetAt(t)).toISOString();
  return { day: text.slice(0, 10), clock: text.slice(11, 19) };
}

// clock is the time of day at t; in a repeated hour it says which one.
export function clock(t) {
  const wall = t + offsetAt(t);
  const text = new Date(wall).toISOString().slice(11, 19);
  if (instants(wall).length < 2) return text;
  const minutes = offsetAt(t) / 60000;
  const rest = Math.abs(minutes) % 60;
  return `${text} (UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? ':' + String(rest).padStart(2, '0') : ''})`;
}

// day is the day at t in few letters.
export function day(t) {
  return new Intl.DateTimeFormat(document.documentElement.lang === 'en' ? 'en-GB' : 'nb', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(t + offsetAt(t));
}

// wallTicks returns round readings of the clocks in [from, to], about n of them. In
// an hour that is repeated they say which one they are in.
export function wallTicks(from, to, n) {
  const steps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map(s => s * 1000);
  const step = steps.find(s => (to - from) / s <= n) ?? steps.at(-1);
  const grid = Math.min(step, 900_000), ticks = [];
  for (let at = Math.ceil(from / grid) * grid; at <= to; at += grid) {
    const wall = at + offsetAt(at);
    if (wall % step) continue;
    const text = new Date(wall).toISOString(), minutes = offsetAt(at) / 60000;
    let label = text.slice(11, step < 60_000 ? 19 : 16);
    if (wall % 86_400_000 === 0) label = day(at);
    else if (instants(wall).length > 1) label += (minutes < 0 ? '−' : '+') + Math.floor(Math.abs(minutes) / 60);
    ticks.push({ at, label });
  }
  return ticks;
}

set();
setInterval(() => { shown().textContent = clock(now()); }, 1000);
