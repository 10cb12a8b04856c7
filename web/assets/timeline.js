// The timeline: what every camera has, drawn on one canvas; zoom and pan by wheel,
// pinch, keys and buttons; a click plays, a drag selects.
import { clock, day, now, wallTicks } from './clock.js';

export const lane = 28; // px; the names beside the canvas have the same height
const least = 60_000, most = 8 * 86_400_000;

const $ = id => document.getElementById(id);

export class Timeline {
  // page has words, cameras, play(camera, t), selected(span, camera), moved().
  constructor(page) {
    this.page = page;
    this.from = this.to = 0;
    this.data = null;
    this.cursor = null;
    this.row = 0;
    this.head = null;      // ms that is played
    this.selection = null; // {from, to}
    this.marked = () => [];
    this.track = $('track');
    this.lanes = $('lanes');
    this.axis = $('axis');
    this.tip = $('tip');
    new ResizeObserver(() => this.draw()).observe(this.track);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    this.listen();
    setInterval(() => this.load(true), 10_000);
    setInterval(() => { if (this.from < now() && this.to > now()) this.draw(); }, 1000);
  }

  // show looks at [from, to).
  show(from, to) {
    const length = Math.max(least, Math.min(most, to - from));
    const middle = (from + to) / 2;
    this.from = middle - length / 2;
    this.to = middle + length / 2;
    this.load();
    this.draw();
    this.page.moved();
  }

  zoom(factor, at = (this.from + this.to) / 2) {
    const length = Math.max(least, Math.min(most, (this.to - this.from) * factor));
    const part = (at - this.from) / (this.to - this.from);
    this.show(at - part * length, at + (1 - part) * length);
  }

  pan(part) {
    const by = part * (this.to - this.from);
    this.show(this.from + by, this.to + by);
  }

  // reveal brings t into view.
  reveal(t) {
    if (t < this.from || t > this.to) {
      const half = (this.to - this.from) / 2;
      this.show(t - half, t + half);
    }
  }

  // load fetches what is looked at and as much on either side, unless it is there.
  async load(again) {
    if (document.visibilityState !== 'visible') return;
    const length = this.to - this.from, have = this.data;
    const fits = have && have.from <= this.from && have.to >= this.to && have.to - have.from < 12 * length;
    if (fits && !again || this.loading) return;
    this.loading = true;
    const iso = t => new Date(Math.round(t)).toISOString();
    try {
      const lang = document.documentElement.lang;
      const answer = await fetch(`/opptak/tidslinje?lang=${lang}&from=${iso(this.from - length)}&to=${iso(this.to + length)}`, { cache: 'no-store' });
      if (!answer.ok) return;
      const data = await answer.json();
      data.by = new Map(data.cameras.map(c => [c.id, c]));
      this.data = data;
      this.draw();
      document.dispatchEvent(new CustomEvent('sjudager:timeline'));
    } catch { // the page says that the server is away
    } finally {
      this.loading = false;
    }
    if (this.data !== have) this.load();
  }

  x(t) { return (t - this.from) / (this.to - this.from) * this.lanes.clientWidth; }
  t(x) { return this.from + (this.to - this.from) * x / this.lanes.clientWidth; }

  at(event) {
    const box = this.lanes.getBoundingClientRect();
    return {
      t: this.t(Math.max(0, Math.min(box.width, event.clientX - box.left))),
      row: Math.max(0, Math.min(this.page.cameras.length - 1, Math.floor((event.clientY - box.top) / lane))),
    };
  }

  // what says what a camera has at t, without the time.
  what(id, t) {
    const { words } = this.page, c = this.data?.by.get(id);
    if (t > now()) return words.future;
    if (!c || t < this.data.from || t > this.data.to) return words.nothing;
    const run = c.runs.find(r => r[0] <= t && t < r[1]);
    const held = this.data.holds.filter(h => h.camera === id && h.from <= t && t < h.to).map(h => h.number);
    if (run) return [words.footage, ...held.map(n => `${words.held}: ${n}`), ...t < this.data.hour && !run[2] ? [words.soon] : []].join(', ');
    const gap = c.gaps.find(g => g.from <= t && t < g.to);
    if (gap) return `${words.gap}: ${this.data.causes[gap.cause]}`;
    if (c.pending.some(p => p[0] <= t && t < p[1])) return words.footage + ', ' + words.pending;
    return t < this.data.edge ? words.deleted : words.nothing;
  }

  draw() {
    const width = this.track.clientWidth, height = this.page.cameras.length * lane, scale = devicePixelRatio;
    if (!width || !this.to) return;
    const style = getComputedStyle(this.track), colour = name => style.getPropertyValue('--' + name);
    const canvas = (element, w, h) => {
      if (element.width !== Math.round(w * scale) || element.height !== Math.round(h * scale)) {
        element.width = Math.round(w * scale);
        element.height = Math.round(h * scale);
        element.style.width = w + 'px';
        element.style.height = h + 'px';
      }
      const g = element.getContext('2d');
      g.setTransform(scale, 0, 0, scale, 0, 0);
      g.clearRect(0, 0, w, h);
      return g;
    };
    const g = canvas(this.lanes, width, height), a = canvas(this.axis, width, 22);
    const box = (from, to, y, h, least = 0) => {
      const x = Math.max(0, this.x(from)), end = Math.min(width, this.x(to));
      if (end < 0 || x > width) return;
      g.fillRect(x, y, Math.max(least, end - x), h);
    };
    const hatch = (from, to, y, h, ink) => {
      const x = Math.max(0, this.x(from)), end = Math.min(width, this.x(to));
      if (end <= x) return;
      g.save();
      g.beginPath();
      g.rect(x, y, end - x, h);
      g.clip();
      g.strokeStyle = ink;
      g.lineWidth = 1.5;
      g.beginPath();
      for (let i = Math.floor((x - h) / 7) * 7; i < end; i += 7) {
        g.moveTo(i, y + h);
        g.lineTo(i + h, y);
      }
      g.stroke();
      g.restore();
    };
    const data = this.data, ticks = wallTicks(this.from, this.to, Math.max(3, width / 86));
    this.page.cameras.forEach((camera, i) => {
      const y = i * lane + 4, h = lane - 8;
      g.fillStyle = colour('sunk');
      g.fillRect(0, y, width, h);
      g.fillStyle = colour('line');
      for (const tick of ticks) g.fillRect(this.x(tick.at), y, 1, h);
      const c = data?.by.get(camera.id);
      if (data && data.edge > this.from) hatch(this.from, data.edge, y, h, colour('edge'));
      g.fillStyle = colour('panel');
      if (now() < this.to) box(now(), this.to, y, h);
      if (c) {
        g.fillStyle = colour('pending');
        for (const p of c.pending) box(p[0], p[1], y, h, 1);
        for (const [from, to, held] of c.runs) {
          g.fillStyle = colour('footage');
          box(from, to, y, h, 1);
          // What goes within the hour fades towards the edge.
          if (!held && from < data.hour) {
            const end = Math.min(to, data.hour), x0 = this.x(data.edge), x1 = this.x(data.hour);
            const fade = g.createLinearGradient(x0, 0, Math.max(x0 + 1, x1), 0);
            fade.addColorStop(0, colour('sunk'));
            fade.addColorStop(1, 'transparent');
            g.fillStyle = fade;
            box(from, end, y, h);
            hatch(from, end, y, h, colour('loss'));
          }
        }
        for (const gap of c.gaps) {
          g.fillStyle = colour(gap.family === 'unknown' ? 'edge' : gap.family);
          box(gap.from, gap.to, y + 3, h - 6, 2);
        }
        g.fillStyle = colour('held');
        for (const held of data.holds) if (held.camera === camera.id) box(held.from, held.to, y - 3, 4, 2);
      }
      const s = this.drag?.select ? this.drag : this.selection;
      if (s && this.marked().includes(camera.id)) {
        const x0 = this.x(Math.min(s.from, s.to)), x1 = this.x(Math.max(s.from, s.to));
        g.fillStyle = colour('held');
        g.globalAlpha = .3;
        g.fillRect(x0, y - 3, x1 - x0, h + 6);
        g.globalAlpha = 1;
        g.fillRect(x0, y - 3, 2, h + 6);
        g.fillRect(x1 - 2, y - 3, 2, h + 6);
      }
    });
    const line = (t, ink, w) => {
      if (t === null || t < this.from || t > this.to) return;
      g.fillStyle = a.fillStyle = ink;
      g.fillRect(this.x(t) - w / 2, 0, w, height);
    };
    if (data) line(data.edge, colour('loss'), 2);
    line(now(), colour('dim'), 1);
    line(this.cursor, colour('text'), 1);
    line(this.head, colour('head'), 3);
    if (this.head !== null && this.head >= this.from && this.head <= this.to) {
      const x = this.x(this.head);
      a.fillStyle = colour('head');
      a.beginPath();
      a.moveTo(x - 6, 12);
      a.lineTo(x + 6, 12);
      a.lineTo(x, 22);
      a.fill();
    }
    a.fillStyle = colour('dim');
    a.font = '12px ' + style.fontFamily;
    let end = -9;
    for (const tick of ticks) {
      const w = a.measureText(tick.label).width, x = Math.max(0, Math.min(width - w, this.x(tick.at) - w / 2));
      if (x < end + 8) continue;
      a.fillText(tick.label, x, 14);
      end = x + w;
    }
    this.tell();
  }

  // tell puts into words where the cursor is: for the tip, and for those who do not see.
  tell() {
    const camera = this.page.cameras[this.row], t = this.cursor ?? this.head ?? Math.min(now(), this.to);
    if (!camera) return;
    const s = this.drag?.select ? this.drag : null;
    const text = s ? `${clock(Math.min(s.from, s.to))} – ${clock(Math.max(s.from, s.to))}` : `${camera.name}, ${day(t)} ${clock(t)}: ${this.what(camera.id, t)}`;
    this.track.setAttribute('aria-valuemin', Math.round(this.from));
    this.track.setAttribute('aria-valuemax', Math.round(this.to));
    this.track.setAttribute('aria-valuenow', Math.round(Math.max(this.from, Math.min(this.to, t))));
    this.track.setAttribute('aria-valuetext', text);
    this.tip.hidden = this.cursor === null;
    if (this.tip.hidden) return;
    this.tip.textContent = text;
    const room = this.track.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = Math.max(0, Math.min(room, this.x(this.cursor) - this.tip.offsetWidth / 2)) + 'px';
    this.tip.style.top = this.row * lane + (this.row ? -lane : lane) + 2 + 'px';
  }

  // round gives a chosen time the precision that the hand had.
  round(t) {
    const pixel = (this.to - this.from) / this.lanes.clientWidth;
    const grid = [1000, 5000, 10000, 30000, 60000, 300000].find(s => s >= pixel) ?? 300000;
    return Math.round(t / grid) * grid;
  }

  listen() {
    const { track, page } = this;
    const pointers = new Map();
    const pinch = () => {
      const [a, b] = [...pointers.values()];
      return { middle: (a + b) / 2, width: Math.max(20, Math.abs(a - b)) };
    };
    track.addEventListener('wheel', event => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return this.pan((event.deltaX || event.deltaY) / 1000);
      this.zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 400), this.at(event).t);
    }, { passive: false });
    track.addEventListener('pointerdown', event => {
      if (event.button) return;
      track.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event.clientX);
      const { t, row } = this.at(event);
      this.row = row;
      if (pointers.size === 2) {
        this.drag = { pinch: pinch(), from: this.from, to: this.to };
        return;
      }
      const select = event.pointerType === 'mouse' && !event.shiftKey || page.marking();
      this.drag = { select: false, may: select, x: event.clientX, start: t, camera: page.cameras[row].id, view: [this.from, this.to], from: this.round(t), to: this.round(t) };
    });
    track.addEventListener('pointermove', event => {
      const { t, row } = this.at(event), d = this.drag;
      if (pointers.has(event.pointerId)) pointers.set(event.pointerId, event.clientX);
      if (d?.pinch && pointers.size === 2) {
        const p = pinch(), box = this.lanes.getBoundingClientRect();
        const length = (d.to - d.from) * d.pinch.width / p.width;
        const anchor = d.from + (d.to - d.from) * (d.pinch.middle - box.left) / box.width;
        const from = anchor - length * (p.middle - box.left) / box.width;
        return this.show(from, from + length);
      }
      if (d && !d.pinch) {
        d.moved ||= Math.abs(event.clientX - d.x) > 4;
        if (d.moved && d.may) {
          d.select = true;
          d.to = this.round(t);
        } else if (d.moved) {
          const by = (event.clientX - d.x) / this.lanes.clientWidth * (d.view[1] - d.view[0]);
          return this.show(d.view[0] - by, d.view[1] - by);
        }
      } else this.row = row;
      this.cursor = t;
      this.draw();
    });
    const up = event => {
      const d = this.drag;
      pointers.delete(event.pointerId);
      if (!d) return;
      this.drag = pointers.size ? d : null;
      if (event.type === 'pointerup' && !d.pinch) {
        if (d.select && d.from !== d.to) page.selected({ from: Math.min(d.from, d.to), to: Math.max(d.from, d.to) }, d.camera);
        else if (!d.moved) page.play(d.camera, this.at(event).t);
      }
      if (event.pointerType !== 'mouse') this.cursor = null;
      this.draw();
    };
    track.addEventListener('pointerup', up);
    track.addEventListener('pointercancel', up);
    track.addEventListener('pointerleave', () => {
      if (this.drag || document.activeElement === track && track.matches(':focus-visible')) return;
      this.cursor = null;
      this.draw();
    });
    track.addEventListener('blur', () => { this.cursor = null; this.draw(); });
    track.addEventListener('keydown', event => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const length = this.to - this.from;
      const hop = Math.max(1000, Math.round(length / 288 / 1000) * 1000) * (event.shiftKey ? 12 : 1);
      const start = this.cursor ?? this.head ?? Math.min(this.to, now());
      const to = { ArrowLeft: start - hop, ArrowRight: start + hop, Home: this.from, End: this.to }[event.key];
      const rows = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (to !== undefined) {
        this.cursor = Math.round(to / 1000) * 1000;
        this.reveal(this.cursor);
      } else if (rows) {
        this.row = Math.max(0, Math.min(page.cameras.length - 1, this.row + rows));
        this.cursor = start;
      } else if (event.key === 'PageUp' || event.key === 'PageDown') this.pan(event.key === 'PageUp' ? -1 : 1);
      else if (event.key === 'Enter') page.play(page.cameras[this.row].id, start);
      else if (event.key === 'Escape') this.cursor = null;
      else return;
      event.preventDefault();
      this.draw();
    });
  }
}
