// Skilting: photos are made small before they are sent, so that a bad connection takes
// them. Everything works without.
document.documentElement.classList.add('scripted');

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
