// Skilting: photos are made small before they are sent, so that a bad connection takes
// them. Everything works without.
document.documentElement.classList.add('scripted');
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

const longest = 1600; // pixels

async function small(file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.82));
  return new File([blob], 'skilt.jpg', { type: 'image/jpeg' });
}

function ready() {
  for (const input of document.querySelectorAll('.shot input[type=file]')) {
    const shot = input.closest('.shot'), words = shot.querySelector('[data-taken]'), nobody = shot.querySelector('[name=nobody]');
    input.addEventListener('change', async () => {
      const file = input.files[0];
      shot.classList.toggle('taken', Boolean(file));
      nobody.required = Boolean(file);
      if (!file) return;
      try {
        const list = new DataTransfer();
        list.items.add(await small(file));
        input.files = list.files;
      } catch { /* the server reads what the browser cannot */ }
      words.textContent = words.dataset.taken;
    });
  }
}
ready();

// In a round the form stays until the server has it: without contact it says so, and
// nothing of it is lost, the photo least of all.
document.addEventListener('submit', async event => {
  const form = event.target.closest('.one form.look');
  if (!form) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = 'yes';
  const unsent = form.querySelector('.unsent');
  unsent.hidden = true;
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new FormData(form, event.submitter), signal: AbortSignal.timeout(90000) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!page.querySelector('.round')) throw new Error(answer.statusText);
    history.pushState(null, '', answer.url);
    document.title = page.title;
    const main = document.importNode(page.getElementById('main'), true), first = main.querySelector('[autofocus]') ?? main.querySelector('h1');
    first.removeAttribute('autofocus'); // is for pages that are opened
    document.getElementById('main').replaceWith(main);
    ready();
    scrollTo(0, 0);
    first.focus();
  } catch {
    unsent.hidden = false;
    delete form.dataset.busy;
  }
});
addEventListener('popstate', () => location.reload());

// The plan: marks are dragged, or moved by the arrow keys, and saved at once.
const drawing = document.querySelector('.drawing[data-place]');

function put(mark) {
  const { x, y, direction, what } = mark.dataset, high = drawing.viewBox.baseVal.height;
  mark.setAttribute('transform', `translate(${x} ${y * high / 1000})`);
  mark.querySelector('.look-at')?.setAttribute('transform', `rotate(${direction})`);
  for (const name of ['x', 'y', 'direction']) {
    const field = document.getElementById(what)?.querySelector(`[name=${name}]`);
    if (field) field.value = mark.dataset[name];
  }
}

async function save(mark) {
  const { camera, sign, x, y, direction, view } = mark.dataset, said = document.getElementById('saved');
  const body = { ...(sign ? { sign } : { camera, direction: Number(direction), view: Number(view) }), x: Number(x), y: Number(y) };
  try {
    const answer = await fetch(drawing.dataset.place, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(answer.statusText);
    said.className = 'mark-good';
    said.textContent = drawing.dataset.saved;
  } catch {
    said.className = 'mark-bad';
    said.textContent = drawing.dataset.failed;
  }
}

const within = v => Math.round(Math.min(1000, Math.max(0, v)));

function drag(mark, turns) {
  const box = drawing.getBoundingClientRect();
  let moved = false;
  const move = event => {
    moved = true;
    const x = (event.clientX - box.left) / box.width * 1000, y = (event.clientY - box.top) / box.height * 1000;
    if (turns) {
      const across = (x - mark.dataset.x) * box.width, down = (y - mark.dataset.y) * box.height;
      mark.dataset.direction = (Math.round(Math.atan2(across, -down) * 180 / Math.PI) + 360) % 360;
    } else [mark.dataset.x, mark.dataset.y] = [within(x), within(y)];
    put(mark);
  };
  const end = () => {
    mark.removeEventListener('pointermove', move);
    if (moved) save(mark);
  };
  mark.addEventListener('pointermove', move);
  mark.addEventListener('pointerup', end, { once: true });
  mark.addEventListener('pointercancel', end, { once: true });
}

drawing?.addEventListener('pointerdown', event => {
  const mark = event.target.closest('.mark');
  if (!mark || event.button) return;
  event.preventDefault();
  mark.focus();
  mark.setPointerCapture(event.pointerId);
  drag(mark, event.target.matches('.turn'));
});

let later;
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
drawing?.addEventListener('keydown', event => {
  const mark = event.target.closest('.mark'), way = ways[event.key];
  if (!mark || event.ctrlKey || event.metaKey || event.altKey) return;
  if (way) {
    const step = event.shiftKey ? 1 : 10;
    mark.dataset.x = within(Number(mark.dataset.x) + way[0] * step);
    mark.dataset.y = within(Number(mark.dataset.y) + way[1] * step);
  } else if (event.key.toLowerCase() === 'r' && mark.dataset.camera) {
    mark.dataset.direction = (Number(mark.dataset.direction) + (event.shiftKey ? 345 : 15)) % 360;
  } else return;
  event.preventDefault();
  put(mark);
  clearTimeout(later);
  later = setTimeout(save, 300, mark);
});
