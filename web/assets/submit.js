// Sends the one form of a page that somebody only passes through.
document.querySelector('form[data-submit]')?.requestSubmit();
