// Says so where the browser cannot show a camera's picture.
for (const video of document.querySelectorAll('.still video')) {
  const cannot = () => {
    const none = document.createElement('span');
    none.className = 'none';
    none.textContent = video.dataset.cannot;
    video.replaceWith(none);
  };
  const look = () => { if (video.videoWidth === 0) cannot(); };
  video.addEventListener('error', cannot);
  video.addEventListener('loadeddata', look);
  if (video.error) cannot();
  else if (video.readyState > 1) look();
}
