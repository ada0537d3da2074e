// <checkin-scanner> answers scans without leaving the page: what its form
// sends, it sends by fetch, and puts the verdict where the page has it.
//
// Hand scanners type like a keyboard with the letters of an English one, which
// a Swedish layout turns into others: - becomes +, and _ becomes ?. So a burst
// of keys, faster than anybody types, is read by the keys' places.
const burst = 80; // ms between two keys of a scanner, at most
const shortest = 20; // keys of a token, at least
const echo = 300; // ms in which a submit still belongs to a scanner's Enter

class CheckinScanner extends HTMLElement {
  #keys = ''; // the burst that is being typed
  #last = 0; // when its last key came
  #entered = -Infinity; // when its Enter came
  #guests = '1'; // what the field held before it
  #unsent = null; // the scan that got no answer, to be sent again as the same
  #sent = Promise.resolve(); // when all that was sent has its answer

  connectedCallback() {
    for (const button of this.querySelectorAll('[data-step]')) {
      button.hidden = false;
      button.addEventListener('click', () => {
        this.#form.elements.guests.stepUp(button.dataset.step);
      });
    }
    this.addEventListener('submit', this);
    document.addEventListener('keydown', this, true);
  }

  disconnectedCallback() {
    document.removeEventListener('keydown', this, true);
  }

  get #form() {
    return this.querySelector('form');
  }

  get #result() {
    return this.querySelector('.result');
  }

  handleEvent(event) {
    if (event.type === 'keydown') this.#key(event);
    else this.#submit(event);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.timeStamp - this.#last > burst) {
      this.#keys = '';
      this.#guests = this.#form.elements.guests.value;
    }
    this.#last = event.timeStamp;
    if (event.code === 'Enter' || event.code === 'NumpadEnter') {
      const {code} = this.#form.elements;
      // A scanner that paused is in the field as a whole, and in the burst in part.
      const whole = event.target !== code || code.value.length === this.#keys.length;
      if (this.#keys.length >= shortest && whole) {
        // Wherever the focus is: it must press no button there.
        event.preventDefault();
        this.#entered = event.timeStamp;
        this.#form.elements.guests.value = this.#guests;
        this.#scan(this.#keys);
      }
      this.#last = 0; // the next key begins anew
      return;
    }
    this.#keys += place(event);
    if (event.target === document.body && event.key.length === 1) this.#form.elements.code.focus();
  }

  #submit(event) {
    event.preventDefault();
    // The same Enter must not scan twice where a keyboard's driver sends it on.
    if (event.target === this.#form && event.timeStamp - this.#entered < echo) return;
    if (event.target === this.#form) this.#scan(this.#form.elements.code.value);
    else this.#send(event.target.action, new FormData(event.target));
  }

  // #scan sends a code, and makes room for the next before the answer comes.
  #scan(text) {
    const {code, guests} = this.#form.elements;
    if (!text.trim()) return;
    const data = new FormData(this.#form);
    data.set('code', text);
    data.set('nonce', this.#unsent?.get('code') === text ? this.#unsent.get('nonce') : nonce());
    code.value = '';
    guests.value = '1';
    code.focus();
    this.#send(this.#form.action, data);
  }

  // #send shows the answers in the order of what was sent.
  #send(action, data) {
    this.#sent = this.#sent.then(async () => {
      this.#result.setAttribute('aria-busy', 'true');
      try {
        await this.#answer(action, data);
      } catch {
        this.#failed(data);
      }
      this.#result.removeAttribute('aria-busy');
      if (document.activeElement === document.body) this.#form.elements.code.focus();
    });
  }

  async #answer(action, data) {
    const answer = await fetch(action + '?fragment=1', {
      method: 'POST', body: new URLSearchParams(data), headers: {Accept: 'text/html'},
    });
    if (answer.status === 401) { // signed out meanwhile: the page itself asks
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    this.#result.replaceChildren(...[...page.body.childNodes].map(node => document.adoptNode(node)));
    this.#unsent = null;
  }

  // #failed says so, and puts a scan back into the field, to be sent again or
  // typed over by the next.
  #failed(data) {
    const {code, guests} = this.#form.elements;
    this.#result.replaceChildren(this.querySelector('template').content.cloneNode(true));
    if (!data.has('code')) return;
    this.#unsent = data;
    if (code.value) return;
    code.value = data.get('code');
    guests.value = data.get('guests');
    code.select();
  }
}

// place is the character that a key has on an English keyboard.
function place({code, shiftKey, key}) {
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return shiftKey ? letter[1] : letter[1].toLowerCase();
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit && !shiftKey) return digit[1];
  switch (code) {
    case 'Minus': return shiftKey ? '_' : '-';
    case 'NumpadSubtract': return '-';
    case 'Period': case 'NumpadDecimal': return '.';
    case '': return key.length === 1 ? key : ''; // a keyboard on the screen
  }
  return '';
}

function nonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

customElements.define('checkin-scanner', CheckinScanner);
