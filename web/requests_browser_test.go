package web

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/web/account"
)

// TestBrowserRequests has the privacy role answer a request, and the lead an appeal, in
// a real Chromium, as the pages lead them.
func TestBrowserRequests(t *testing.T) {
	s := two(t)
	ctx := chromium(t)
	click := func(b *browser, selector string) {
		t.Helper()
		if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatalf("%s: %v", selector, err)
		}
	}
	fill := func(b *browser, values ...string) {
		t.Helper()
		for i := 0; i < len(values); i += 2 {
			b.do(chromedp.SetValue(chromedp.CSS(values[i]), values[i+1]))
		}
	}
	looks := func(b *browser, name string) { // wide, narrow, and by axe
		t.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](axe(t)))
		for _, width := range []int64{360, 1280} {
			b.screen(width, 900, "light")
			b.shoot(fmt.Sprintf("%s-%d", name, width))
			for _, fault := range js[[]string](b, axeFaults) {
				t.Errorf("%s at %d px: %s", name, width, fault)
			}
		}
	}
	_, ola := s.person("ola", account.Privacy)
	_, leo := s.person("leo", account.Lead)
	for _, walk := range []func(context.Context, *site){
		func(ctx context.Context, s *site) { // a restriction: entered, decided, closed once the person has been told
			s.by = account.Of(&account.Session{}, ola)
			b := browse(ctx, s)
			b.open("/?lang=nb")
			click(b, `#menu a[href^="/innsyn"]`)
			click(b, `#requests .primary`)
			fill(b, "#type", "restriction", "#channel", "email", "[name=from_clock]", "21.40", "[name=to_clock]", "21.45")
			b.do(chromedp.Click(chromedp.CSS(`[name=camera][value=k01-inngang]`)))
			click(b, `button[name=do][value=add]`)
			b.wait(`document.activeElement?.matches('.pick-row') && document.querySelector('#type').value === 'restriction'`)
			b.do(chromedp.Click(chromedp.CSS(`[name=camera2][value=k02-ko]`)))
			looks(b, "rows")
			click(b, `#requestform .primary`)
			b.wait(`document.querySelector('h1').textContent === 'Kravet I-2026-0001 er registrert' && document.querySelector('#request').textContent.includes('F-2026-0001: 3 opptaksbiter')`)
			fill(b, "#decision", "full", "#why", "Retten til begrensning gjelder her.")
			click(b, `#decide .primary`)
			fill(b, "#note", "Saken er over.")
			b.do(chromedp.Click(chromedp.CSS(`#close [name=told]`)))
			fill(b, "[name=told_clock]", "22:30") // yet to come
			click(b, `#close .danger`)
			b.wait(`document.querySelector('#told-wrong')?.textContent.includes('framtiden') && document.querySelector('#note').value === 'Saken er over.' && document.querySelector('#close [name=told]').checked`)
			fill(b, "[name=told_clock]", "21:30")
			click(b, `#close .danger`)
			b.wait(`document.querySelector('h1').textContent === 'I-2026-0001 er avsluttet'`)
			b.open("/sletting?lang=nb")
			fill(b, "#ask-camera", "k01-inngang", "#askform [name=asked_from_clock]", "21:40", "#askform [name=asked_to_clock]", "21:44")
			click(b, `#askform button`)
			b.wait(`document.querySelector('#answered')?.textContent.includes('Det finnes opptak av deler av tidsrommet.')`)
			looks(b, "answer")
			b.clean("400")
		},
		func(ctx context.Context, s *site) { // an appeal becomes a hold, which ends with a handover
			s.by = account.Of(&account.Session{}, leo)
			b := browse(ctx, s)
			b.open("/?lang=nb")
			if js[bool](b, `document.querySelector('#menu a[href^="/innsyn"]') !== null`) {
				t.Error("the lead is led to the requests")
			}
			click(b, `#menu a[href^="/sikringer"]`)
			click(b, `#appeals .button`)
			fill(b, "#district", "Oslo politidistrikt", "#source", "https://www.politiet.no/1", "[name=from_clock]", "21.30", "[name=to_clock]", "21.45")
			b.do(chromedp.Click(chromedp.CSS(`[name=zone]`)))
			click(b, `#appealform .primary`)
			b.wait(`document.querySelector('#appeal').textContent.includes('finnes nå') && document.querySelectorAll('#appeal .missing li').length > 1`)
			click(b, `#accept button`)
			b.wait(`document.querySelector('h1').textContent === 'Sikringen H-2026-0001 er lagt'`)
			if k, err := s.Holds.Show("H-2026-0001"); err != nil || k.Appeal != "A-2026-0001" || k.Ground != holds.PoliceRequested || k.Placed.By != leo.ID {
				t.Errorf("%+v %v", k, err)
			}
			if !js[bool](b, `document.querySelector('#hold').textContent.includes('Sikret avLeo')`) {
				t.Error("it does not say who placed it")
			}
			click(b, `#hold a[href*="close=yes"]`)
			b.do(chromedp.Click(chromedp.CSS(`#close [value=delivered]`)), chromedp.Click(chromedp.CSS(`#close [name=sure]`)))
			if js[bool](b, `document.querySelector('#why').checkVisibility() || document.querySelector('[name=at_clock]').checkVisibility()`) {
				t.Error("it asks for what a handover does not need")
			}
			fill(b, "[name=receipt_clock]", "21:47:05")
			click(b, `#close .danger`)
			b.wait(`document.querySelector('#hold').textContent.includes('Oppheves etter utlevering')`)
			b.clean("400")
		},
	} {
		walk(ctx, s)
	}
}

// testRows adds a row in the dialog beside the pictures, and places both.
func testRows(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=nb&camera=k01-inngang&at=2026-07-04T19:40:01Z")
	b.state("k01-inngang", "playing")
	b.do(chromedp.Click(chromedp.CSS("#hold-button")))
	b.wait(`document.getElementById('estimate')?.textContent.includes('finnes nå')`)
	b.do(chromedp.SetValue(chromedp.CSS("#ground"), "crime_likely"), chromedp.SendKeys(chromedp.CSS("#reason"), "Slagsmål ved døra, to skadd"))
	b.do(chromedp.Click(chromedp.CSS("#hold-dialog [name=do][value=add]")))
	b.wait(`document.activeElement?.matches('#hold-dialog .pick-row') && document.querySelector('#reason').value.startsWith('Slagsmål')`)
	b.do(chromedp.Click(chromedp.CSS("#hold-dialog [name=camera2][value=k02-ko]")))
	b.wait(`document.getElementById('estimate')?.textContent.includes('fra 2 kameraer')`)
	b.do(chromedp.Click(chromedp.CSS("#hold-dialog .primary")))
	b.wait(`document.querySelector('#hold h1')?.textContent === 'Sikringen H-2026-0001 er lagt'`)
	if k, err := s.Holds.Show("H-2026-0001"); err != nil || len(k.Selections) != 2 {
		t.Errorf("%+v %v", k, err)
	}
	b.clean("400") // the estimate of a row that has no camera yet
}
