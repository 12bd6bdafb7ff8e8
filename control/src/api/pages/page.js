// What makes a page livelier; without it everything can be read all the same.
'use strict';
const main = document.querySelector('main');
let wanted = '';

// Rows of tables that have what is looked for.
function sift() {
  for (const row of main.querySelectorAll('tbody tr')) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
}

if (main.hasAttribute('data-live')) {
  const find = document.createElement('input');
  find.type = 'search';
  find.className = 'find';
  find.placeholder = 'find (/)';
  find.setAttribute('aria-label', 'Find in the tables');
  find.addEventListener('input', () => { wanted = find.value.toLowerCase(); sift(); });
  main.before(find);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !event.target.closest('input')) {
      event.preventDefault();
      find.focus();
    }
  });
}

// Looks again while somebody looks, and leaves alone what has the focus.
async function again() {
  if (document.hidden || main.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    main.replaceChildren(...page.querySelector('main').childNodes);
    sift();
    document.body.removeAttribute('data-lost');
  } catch {
    document.body.setAttribute('data-lost', '');
    if (!main.querySelector('.lost')) {
      const note = document.createElement('p');
      note.className = 'ill lost';
      note.textContent = 'Control does not answer; this is what it said last.';
      main.prepend(note);
    }
  }
}
if (main.hasAttribute('data-live')) setInterval(again, 2000);
