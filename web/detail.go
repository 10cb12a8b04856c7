package web

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/sjudager/sjudager/vault/footage"
)

// detail is what the recorder says of a camera, and in which language if that is not
// the page's.
type detail struct{ Text, Lang string }

// Detail says in the page's language what went wrong; nil when nothing is said. The
// recorder writes it in English, for logs, gaps and the API alike; what has no words
// here, such as the error of some library, stays so.
func (t tongue) Detail(text string) *detail {
	switch {
	case text == "":
		return nil
	case t.lang == english:
		return &detail{Text: text}
	}
	var cause string
	rest := text
	if code, after, ok := strings.Cut(text, ": "); ok { // an alarm names the cause as well
		for _, c := range footage.Causes {
			if string(c) == code {
				cause, rest = t.Cause(c)+": ", after
			}
		}
	}
	parts := strings.Split(rest, "; ")
	for i, part := range parts {
		said, ok := norwegianDetail(part)
		if !ok {
			return &detail{text, "en"}
		}
		parts[i] = said
	}
	return &detail{Text: cause + strings.Join(parts, "; ")}
}

func norwegianDetail(part string) (string, bool) {
	for _, d := range details() {
		if found := d.pattern.FindStringSubmatch(part); found != nil {
			values := make([]any, len(found)-1)
			for i, v := range found[1:] {
				values[i] = v
			}
			return fmt.Sprintf(d.norwegian, values...), true
		}
	}
	return "", false
}

var details = sync.OnceValue(func() []detailWords { return compile(sentences) })

// sentences are the recorder's as they stand in its source, and the same in Norwegian,
// where %s stands for each value in turn.
var sentences = [][2]string{
	{"the camera's video cannot be recorded", "videoen fra kameraet kan ikke tas opp"},
	{"it offers %s: set the stream to H.264, H.265 or AV1 on the camera", "det sender %s: sett videostrømmen til H.264, H.265 eller AV1 på kameraet"},
	{"its H.264 is interleaved (packetization-mode 2): set packetization-mode 0 or 1 on the camera", "H.264-videoen er flettet (packetization-mode 2): sett packetization-mode 0 eller 1 på kameraet"},
	{"its H.265 is interleaved (sprop-max-don-diff): switch that off on the camera", "H.265-videoen er flettet (sprop-max-don-diff): slå det av på kameraet"},
	{"it is encrypted (SRTP): switch that off on the camera, or configure its rtsps address", "den er kryptert (SRTP): slå det av på kameraet, eller sett opp rtsps-adressen"},
	{"it offers no video track", "det har ingen videostrøm"},
	{"the camera sends no key frame", "kameraet sender ingen nøkkelbilder"},
	{"make its key frame interval shorter", "gjør avstanden mellom nøkkelbildene kortere"},
	{"the camera sent no key frame for 5 minutes", "kameraet sendte ikke noe nøkkelbilde på 5 minutter"},
	{"the camera sends no parameter sets, so its video cannot be decoded", "kameraet sender ingen parametersett, så videoen kan ikke dekodes"},
	{"the camera's time jumped by %.1f s", "kameraets tid hoppet %s s"},
	{"the camera sent no complete frame for %v", "kameraet sendte ikke noe helt bilde på %s"},
	{"nothing comes over transport %s", "ingenting kommer fram med %s"},
	{"is there a firewall? Transport tcp gets through", "er det en brannmur? Overføring med tcp kommer gjennom"},
	{"the camera said goodbye", "kameraet avsluttet sendingen"},
	{"the camera was removed from the configuration", "kameraet ble fjernet fra oppsettet"},
	{"the camera was switched off", "kameraet ble slått av"},
	{"the camera's configuration was changed", "oppsettet av kameraet ble endret"},
	{"the camera's URL cannot be used", "kameraets adresse kan ikke brukes"},
	{"the camera at %s does not answer", "kameraet på %s svarer ikke"},
	{"no connection to %s: %s", "ingen forbindelse med %s: %s"},
	{"the camera does not offer transport %s (461)", "kameraet tilbyr ikke overføring med %s (461)"},
	{"the camera does not offer transport %s", "kameraet tilbyr ikke overføring med %s"},
	{"the camera offers multicast, but does not say to which group", "kameraet tilbyr multicast, men sier ikke til hvilken gruppe"},
	{"transport %s would carry the video unencrypted, which is not what rtsps is for", "overføring med %s ville sendt videoen ukryptert, og det er ikke det rtsps er til for"},
	{"configure tcp or auto", "sett opp tcp eller auto"},
	{"the camera asks for a kind of authentication that is not supported", "kameraet ber om en pålogging som ikke støttes"},
	{"the camera asks for a user name and a password, and none is configured", "kameraet ber om brukernavn og passord, og det er ikke satt opp"},
	{"the camera refused the user name or password", "kameraet godtok ikke brukernavnet eller passordet"},
	{"the camera has no stream at this URL (404)", "kameraet har ingen strøm på denne adressen (404)"},
	{"the camera ended the connection without an answer", "kameraet brøt forbindelsen uten å svare"},
	{"the camera ended the connection", "kameraet brøt forbindelsen"},
	{"the camera ended the session", "kameraet avsluttet overføringen"},
	{"the camera does not know the session any more (454)", "kameraet husker ikke overføringen lenger (454)"},
	{"the camera sent what is neither video nor RTSP", "kameraet sendte noe som verken er video eller RTSP"},
	{"the camera redirects to an address without encryption", "kameraet viser videre til en adresse uten kryptering"},
	{"the camera redirects without end", "kameraet viser videre uten ende"},
	{"the recorder was stopped", "opptakeren ble stanset"},
	{"the recorder ended without saying so", "opptakeren stoppet uten varsel"},
	{"the recorder's clock was set forward by %v", "opptakerens klokke ble stilt fram %s"},
	{"the disk is full", "disken er full"},
	{"the disk is read-only", "disken er skrivebeskyttet"},
	{"the disk has errors", "disken har feil"},
	{"the disk does not answer", "disken svarer ikke"},
	{"no footage yet", "ikke noe opptak ennå"},
	{"the camera does not answer in time", "kameraet svarer ikke i tide"},
	{"check user name and password in the camera's url", "kontroller brukernavn og passord i kameraets url"},
	{"some cameras refuse everybody for minutes after several wrong ones", "noen kameraer avviser alle i flere minutter etter mange feil"},
	{"check the path in the camera's url", "kontroller stien i kameraets url"},
	{"the manufacturer's manual has it", "den står i produsentens håndbok"},
	{"check that the camera has power and network, its address and port in url, and that RTSP is switched on there", "kontroller at kameraet har strøm og nettverk, adressen og porten i url, og at RTSP er slått på der"},
	{"check the camera's url and transport, and whether it serves as many clients as it has", "kontroller kameraets url og transport, og om det tåler så mange samtidige mottakere"},
	{"change the video settings on the camera's own page", "endre videoinnstillingene på kameraets egen side"},
	{"check the network to the camera, and set transport to tcp", "kontroller nettverket til kameraet, og sett transport til tcp"},
	{"try again", "prøv igjen"},
	{"restart the camera if it stays so", "start kameraet på nytt hvis det ikke hjelper"},
}

type detailWords struct {
	english, norwegian string
	pattern            *regexp.Regexp
}

var verb = regexp.MustCompile(`%(\\\.1f|[svd])`)

func compile(pairs [][2]string) []detailWords {
	all := make([]detailWords, len(pairs))
	for i, p := range pairs {
		all[i] = detailWords{p[0], p[1], regexp.MustCompile("^" + verb.ReplaceAllString(regexp.QuoteMeta(p[0]), "(.+?)") + "$")}
	}
	return all
}
