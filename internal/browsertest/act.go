package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// interval is the pause between two looks at the page.
const interval = 20 * time.Millisecond

// find is the function that reads a selector, in the page.
const find = `const find = sel => sel.split('>>>').reduce((root, s) => root && (root.shadowRoot || root).querySelector(s.trim()), document);`

// look is what a probe of the page found: ready with a value, or why not yet.
type look struct {
	Why   string          `json:"why"`
	Value json.RawMessage `json:"value"`
}

// until probes the page till the probe, the body of a JavaScript function that
// knows `find` and `sel`, returns {value} instead of {why}.
func (p *Page) until(ctx context.Context, css, probe string) (json.RawMessage, error) {
	js := fmt.Sprintf("(() => { %s const sel = %s; %s })()", find, quote(css), probe)
	why := "it never answered"
	for {
		value, err := p.evaluate(ctx, js)
		var l look
		if err == nil {
			err = json.Unmarshal(value, &l)
		}
		switch {
		case err == nil && l.Why == "":
			return l.Value, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("not within %v: %s", p.opts.Timeout, why)
		case err != nil:
			why = err.Error() // such as a document that just left
		default:
			why = l.Why
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
	}
}

// await runs a probe bounded by the page's timeout and fails the test, naming
// the step, when it found nothing.
func (p *Page) await(what, css, probe string, dst any) {
	p.t.Helper()
	p.do(what, func(ctx context.Context) error {
		value, err := p.until(ctx, css, probe)
		if err != nil || dst == nil {
			return err
		}
		return json.Unmarshal(value, dst)
	})
}

// reach is the probe of an element that can be clicked: there, visible,
// enabled, in view and not covered by another.
const reach = `
	const el = find(sel);
	if (!el) return {why: 'there is no such element'};
	if (!el.checkVisibility({checkVisibilityCSS: true})) return {why: 'the element is not visible'};
	if (el.matches(':disabled')) return {why: 'the element is disabled'};
	el.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
	const box = el.getClientRects()[0];
	if (!box || !box.width || !box.height) return {why: 'the element has no size'};
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	let hit = document.elementFromPoint(x, y);
	for (let inner; hit && hit.shadowRoot && (inner = hit.shadowRoot.elementFromPoint(x, y)) && inner !== hit;) hit = inner;
	if (!hit) return {why: 'the element lies outside the window'};
	const labels = [...(el.labels || [])];
	for (let at = hit; at; at = at.parentNode || at.host)
		if (at === el || labels.includes(at)) return {value: {x, y}};
	return {why: 'the element is covered by ' + hit.cloneNode(false).outerHTML};`

// Click clicks the first element that css selects with the mouse, once it is
// visible, enabled, at rest and not covered by another.
func (p *Page) Click(css string) {
	p.t.Helper()
	type point struct{ X, Y float64 }
	p.do("click "+css, func(ctx context.Context) error {
		for last := (point{-1, -1}); ; {
			value, err := p.until(ctx, css, reach)
			if err != nil {
				return err
			}
			var at point
			if err := json.Unmarshal(value, &at); err != nil {
				return err
			}
			if at == last {
				return chromedp.Do(ctx, chromedp.MouseClickXY(at.X, at.Y))
			}
			last = at
			select {
			case <-ctx.Done():
				return fmt.Errorf("it never came to rest: %w", ctx.Err())
			case <-time.After(interval):
			}
		}
	})
}

// Focus puts the keyboard's focus on the element, and the caret at its end.
func (p *Page) Focus(css string) {
	p.t.Helper()
	p.await("focus "+css, css, `
		const el = find(sel);
		if (!el) return {why: 'there is no such element'};
		el.focus();
		getSelection().modify('move', 'forward', 'documentboundary');
		return el.matches(':focus') ? {value: true} : {why: 'the element takes no focus'};`, nil)
}

// Type types text key by key into the element, at the end of what it holds.
func (p *Page) Type(css, text string) {
	p.t.Helper()
	p.Focus(css)
	p.do("type into "+css, func(ctx context.Context) error { return chromedp.Do(ctx, chromedp.KeyEvent(text)) })
}

// Fill sets the value of a field or a select at once, as a browser's own
// picker or password manager does. It fits dates, whose keys depend on the
// language.
func (p *Page) Fill(css, value string) {
	p.t.Helper()
	p.await("fill "+css, css, fmt.Sprintf(`
		const el = find(sel), value = %s;
		if (!el) return {why: 'there is no such element'};
		if (el.disabled || el.readOnly) return {why: 'the field takes no input'};
		el.focus();
		el.value = value;
		if (el.value !== value) return {why: 'the field does not take the value, but ' + JSON.stringify(el.value)};
		el.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
		el.dispatchEvent(new Event('change', {bubbles: true}));
		return {value: true};`, quote(value)), nil)
}

var keys = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses keys where the focus is, one after the other: a character, a
// name such as Enter, Tab, Escape, Space or ArrowDown, either with modifiers
// before it, as in Shift+Tab.
func (p *Page) Press(names ...string) {
	p.t.Helper()
	for _, name := range names {
		parts := strings.Split(name, "+")
		key, known := keys[parts[len(parts)-1]]
		if !known {
			key = parts[len(parts)-1]
		}
		var held []chromedp.Modifier
		for _, m := range parts[:len(parts)-1] {
			modifier, ok := modifiers[m]
			if !ok {
				p.t.Fatalf("press %s: there is no modifier %s", name, m)
			}
			held = append(held, modifier)
		}
		if len([]rune(key)) != 1 {
			p.t.Fatalf("press %s: there is no such key", name)
		}
		p.do("press "+name, func(ctx context.Context) error {
			return chromedp.Do(ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(held...)))
		})
	}
}

// Text waits for the element and returns its text as a reader sees it.
func (p *Page) Text(css string) string {
	p.t.Helper()
	var text string
	p.await("text of "+css, css, `
		const el = find(sel);
		return el ? {value: el.innerText ?? el.textContent} : {why: 'there is no such element'};`, &text)
	return text
}

// Count returns how many elements css selects now, without waiting; it doesn't
// step into shadow roots.
func (p *Page) Count(css string) int {
	p.t.Helper()
	var n int
	p.Eval("document.querySelectorAll("+quote(css)+").length", &n)
	return n
}

// WaitFor waits until css selects a visible element.
func (p *Page) WaitFor(css string) {
	p.t.Helper()
	p.await("wait for "+css, css, `
		const el = find(sel);
		if (!el) return {why: 'there is no such element'};
		return el.checkVisibility({checkVisibilityCSS: true}) ? {value: true} : {why: 'the element is not visible'};`, nil)
}

// WaitGone waits until css selects no visible element.
func (p *Page) WaitGone(css string) {
	p.t.Helper()
	p.await("wait until gone: "+css, css, `
		const el = find(sel);
		return el && el.checkVisibility({checkVisibilityCSS: true}) ? {why: 'it still reads ' + JSON.stringify(el.innerText)} : {value: true};`, nil)
}

// WaitText waits until the text of the element, as a reader sees it, contains
// text.
func (p *Page) WaitText(css, text string) {
	p.t.Helper()
	p.await(fmt.Sprintf("wait for %q in %s", text, css), css, fmt.Sprintf(`
		const el = find(sel);
		if (!el) return {why: 'there is no such element'};
		const text = el.innerText ?? el.textContent;
		return text.includes(%s) ? {value: true} : {why: 'it reads ' + JSON.stringify(text)};`, quote(text)), nil)
}

// WaitURL waits until the page's address contains part.
func (p *Page) WaitURL(part string) {
	p.t.Helper()
	p.await("wait for the address "+part, "", fmt.Sprintf(
		`return location.href.includes(%s) && document.readyState === 'complete' ? {value: true} : {why: 'it is ' + location.href};`, quote(part)), nil)
}

// quote writes s as a JavaScript string.
func quote(s string) string {
	b, _ := json.Marshal(s) // a string always marshals
	return string(b)
}

// excerpt shortens s to n characters on one line.
func excerpt(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return string(r)
}
