// Plays up to four cameras in step. One clock on wall time leads; each tile follows
// it through the map of its movie, media time to wall time. Where a camera has a
// gap, its tile says so while the others go on.
import { now } from './clock.js';

const chunk = 600_000;   // ms of wall time in a movie
const step = 50;         // ms between two looks at the tiles
const patience = 8_000;  // ms that the others wait for a tile
const jump = 0.3;        // seconds of drift that are mended by a seek
const slack = 0.010;     // and that are let be: a quarter of a frame

const iso = ms => new Date(ms).toISOString();
const ms = text => Date.parse(text);

// Tile shows one camera.
class Tile {
  constructor(camera, page) {
    this.camera = camera;
    this.page = page;
    this.movie = null; // {from, to, spans, src, ...}; src is '' when there is nothing
    this.loading = null;
    this.state = '';   // gap, loading, playing, cannot
    const root = this.root = document.createElement('figure');
    root.className = 'tile';
    root.dataset.camera = camera.id;
    const caption = document.createElement('figcaption');
    const name = document.createElement('strong');
    name.textContent = camera.name;
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = '×';
    close.setAttribute('aria-label', page.words.remove + ' ' + camera.name);
    close.addEventListener('click', () => page.hide(camera.id));
    caption.append(name, close);
    const video = this.video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.disablePictureInPicture = true;
    video.preload = 'auto';
    video.setAttribute('aria-label', camera.name);
    video.addEventListener('error', () => { if (this.movie?.src) this.cannot(); });
    // A video without a picture raises no error: Chromium plays its silence.
    video.addEventListener('loadeddata', () => { if (video.videoWidth === 0) this.cannot(); });
    video.addEventListener('contextmenu', event => event.preventDefault());
    this.why = document.createElement('p');
    this.why.className = 'why';
    this.why.setAttribute('role', 'status');
    this.who = document.createElement('p');
    this.who.className = 'overlay';
    this.who.setAttribute('aria-hidden', 'true');
    root.append(video, this.who, this.why, caption);
  }

  // load fetches the map of the movie that has wall.
  async load(wall) {
    let from = Math.floor(wall / chunk) * chunk;
    const to = Math.min(from + chunk, Math.max(now(), from + 1000)), live = now() - to < 3_600_000;
    const turn = this.loading = {};
    let movie;
    try {
      for (;;) { // a change of the picture's parameters ends a movie early
        const query = `from=${iso(from)}&to=${iso(to)}`;
        const base = `/api/v1/cameras/${this.camera.id}/movie`;
        const answer = await fetch(`${base}.json?${query}`, { cache: 'no-store' });
        if (answer.status === 404) {
          movie = { from, to, live, spans: [], src: '', deadline: Infinity };
          break;
        }
        if (!answer.ok) throw new Error(answer.statusText);
        const map = await answer.json();
        const next = map.next ? ms(map.next) : 0;
        movie = {
          from, to: next || to, live: live && !next, src: `${base}.mp4?${query}`, codec: map.codec, codecs: map.codecs,
          frame: map.frames ? map.duration / map.frames : 0.04, keys: map.key_frames, deadline: ms(map.deadline),
          spans: map.spans.map(s => ({ from: ms(s.from), to: ms(s.to), media: s.media })),
        };
        if (!next || wall < next) break;
        from = next;
      }
    } catch {
      movie = { from: wall, to: wall, spans: [], src: '', deadline: Infinity, failed: true };
    }
    if (this.loading !== turn) return;
    this.loading = null;
    movie.loaded = performance.now();
    const had = this.movie;
    if (had?.src && movie.src && had.from === movie.from && had.spans.at(-1).to === movie.spans.at(-1).to) {
      had.loaded = movie.loaded; // nothing has come
      return;
    }
    this.movie = movie;
    this.bad = false;
    if (movie.src) {
      this.video.src = movie.src;
      if (movie.codecs && this.video.canPlayType(`video/mp4; codecs="${movie.codecs}"`) === '') this.cannot();
    } else {
      this.clear();
      this.page.lacking();
    }
  }

  clear() {
    this.video.removeAttribute('src');
    this.video.load();
  }

  // covers reports whether the movie tells what there is at wall. What is recorded
  // now comes a segment at a time, so the newest movies are asked for again.
  covers(wall) {
    const m = this.movie;
    if (!m || wall < m.from) return false;
    if (!m.failed && wall < (m.spans.at(-1)?.to ?? m.from)) return true;
    const fresh = performance.now() - m.loaded < 3000;
    return m.failed || m.live ? fresh : wall < m.to;
  }

  spanAt(wall) { return this.movie?.spans.find(s => s.from <= wall && wall < s.to); }

  // tick brings the tile to wall and reports whether it shows what it should.
  tick(wall, playing, rate) {
    const { video } = this;
    if (!this.covers(wall)) {
      if (!this.loading) this.load(wall);
      if (!this.spanAt(wall)) this.say('loading', this.page.words.loading);
      return false;
    }
    if (this.movie.deadline <= now()) { // what is loaded goes at its deadline, too
      this.movie = null;
      this.clear();
      return false;
    }
    const span = this.spanAt(wall);
    if (!span) {
      if (!video.paused) video.pause();
      this.say('gap', this.movie.failed ? this.page.words.failed : this.page.explain(this.camera.id, wall), !this.movie.failed);
      return true;
    }
    if (this.bad) return true;
    const target = span.media + (wall - span.from) / 1000;
    if (video.readyState < 1) return this.wait();
    const drift = video.currentTime - target;
    if (!playing) {
      if (!video.paused) video.pause();
      if (Math.abs(drift) > 0.001 && !video.seeking) video.currentTime = target;
    } else if (Math.abs(drift) > Math.max(jump, 0.15 * rate)) {
      if (!video.seeking) video.currentTime = target;
    } else {
      const pace = rate * (Math.abs(drift) > slack ? 1 - Math.max(-0.25, Math.min(0.25, drift * 2 / rate)) : 1);
      if (video.playbackRate !== pace) video.playbackRate = Math.max(0.0625, Math.min(16, pace));
      if (video.paused && !video.seeking && video.readyState > 2) video.play().catch(() => {});
    }
    if (video.seeking || video.readyState < 2) return this.wait();
    this.say('playing', '');
    return true;
  }

  // hold stops the picture while another tile is waited for.
  hold() { if (!this.video.paused) this.video.pause(); }

  wait() {
    if (this.state !== 'playing') this.say('loading', this.page.words.loading);
    return false;
  }

  say(state, text, next) {
    if (this.state === state && this.text === text) return;
    this.state = this.root.dataset.state = state;
    this.text = text;
    this.why.replaceChildren(text);
    if (next) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = this.page.words.next + ' ▶';
      button.addEventListener('click', () => this.page.next([this.camera.id]));
      this.why.append(document.createElement('br'), button);
    }
  }

  // cannot says that the browser cannot play it, unless it has gone meanwhile, and
  // offers the file to those who may have it.
  async cannot() {
    const { movie } = this;
    if (this.bad) return;
    this.bad = true;
    const there = await fetch(movie.src, { method: 'HEAD', cache: 'no-store' });
    if (this.movie !== movie) return;
    if (!there.ok) {
      this.movie = null;
      return;
    }
    const { words, save } = this.page;
    this.say('cannot', (save ? words.cannot : words.cannotAsk).replace('%s', (movie.codec ?? '').toUpperCase().replace('H26', 'H.26')));
    if (save) {
      const link = document.createElement('a');
      link.href = movie.src + '&download=true';
      link.download = '';
      link.textContent = words.save;
      this.why.append(document.createElement('br'), link);
    }
  }

  remove() {
    this.loading = null;
    this.clear();
    this.root.remove();
  }
}

// Player is the tiles and the clock that leads them.
export class Player {
  // page has words, save, who, explain(camera, wall), lacking(), hide(camera), next(cameras),
  // moved(wall) and changed().
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.tiles = new Map();
    this.wall = null; // ms, or null before anything was chosen
    this.playing = false;
    this.rate = 1;
    this.closed = false;
    this.last = performance.now();
    this.waited = 0;
    setInterval(() => this.tick(), step);
    setInterval(() => this.drift(), 4000);
  }

  show(cameras) {
    for (const [id, tile] of this.tiles) {
      if (cameras.some(c => c.id === id)) continue;
      tile.remove();
      this.tiles.delete(id);
    }
    for (const camera of cameras) {
      if (this.tiles.has(camera.id)) continue;
      const tile = new Tile(camera, this.page);
      this.tiles.set(camera.id, tile);
      this.root.append(tile.root);
    }
    this.root.dataset.count = this.tiles.size;
    this.drift();
  }

  seek(wall) {
    this.wall = wall;
    this.closed = false;
    this.tick();
    this.page.moved(wall);
  }

  play(on) {
    this.playing = on && this.wall !== null;
    this.waited = 0;
    this.tick();
    this.page.changed();
  }

  // frame moves by n frames of the first tile that shows one.
  frame(n) {
    this.play(false);
    const tile = [...this.tiles.values()].find(t => t.spanAt(this.wall));
    if (!tile) return this.seek(this.wall + 40 * n);
    const { frame } = tile.movie, span = tile.spanAt(this.wall);
    const media = span.media + (this.wall - span.from) / 1000;
    // The middle of a frame: its edges are rounded differently everywhere.
    const at = (Math.floor(media / frame + 0.02) + n + 0.5) * frame;
    this.seek(span.from + (at - span.media) * 1000);
  }

  // close lets go of everything that is loaded.
  close() {
    this.play(false);
    this.closed = true;
    for (const tile of this.tiles.values()) {
      tile.movie = tile.loading = null;
      tile.clear();
      tile.say('closed', this.page.words.idle);
    }
  }

  tick() {
    const at = performance.now(), passed = Math.min(at - this.last, 1000);
    this.last = at;
    if (this.wall === null || this.closed || !this.tiles.size) return;
    const tiles = [...this.tiles.values()];
    if (this.playing) {
      const ready = this.ready || this.waited > patience;
      if (ready) this.wall += passed * this.rate;
      if (this.wall >= now()) {
        this.wall = now();
        this.playing = false;
        this.page.changed();
      }
      this.waited = this.ready ? 0 : this.waited + passed;
    }
    const go = this.playing && (this.ready || this.waited > patience);
    const shown = tiles.map(tile => tile.tick(this.wall, go, this.rate));
    this.ready = shown.every(Boolean);
    if (this.playing) this.page.moved(this.wall);
  }

  // drift moves the name and the time over the pictures, so that no corner is free of
  // them (R58).
  drift() {
    for (const tile of this.tiles.values()) {
      tile.who.textContent = this.page.stamp();
      const { root, who } = tile, room = (all, own) => Math.max(0, all - own - 8) * Math.random() + 4;
      who.style.left = room(root.clientWidth, who.offsetWidth) + 'px';
      who.style.top = room(root.clientHeight - 34, who.offsetHeight) + 30 + 'px';
    }
  }
}
