package signage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Gate is when a camera has to be announced and decided on before it records.
type Gate string

// The gates.
const (
	GateAlways   Gate = "always"
	GateRegister Gate = "register" // as soon as the register has a zone; "" is this one, too
	GateOff      Gate = "off"
)

// Lack is what a camera has not, that it needs before it records (R41, R115).
type Lack string

// What a camera may lack.
const (
	LacksController Lack = "controller" // the configuration names none
	LacksZone       Lack = "zone"       // the register has none of the name that the camera's has (R123)
	LacksDecision   Lack = "decision"   // that the zone's kind needs, or its review is overdue (R43)
	LacksSigns      Lack = "signs"      // a public entrance of its zone has no valid sign (R111)
	LacksPurpose    Lack = "purpose"    // its sheet names none that the configuration has
	LacksAssessment Lack = "assessment" // that approves, of it or its zone, and is not overdue (R138, R144)
)

// Lacks are all of them, in the order in which people close them.
var Lacks = []Lack{LacksController, LacksZone, LacksDecision, LacksSigns, LacksPurpose, LacksAssessment}

// InWords says in both languages what is lacking and what to do about it.
func (l Lack) InWords() (norwegian, english string) {
	switch l {
	case LacksController:
		return "behandlingsansvarlig mangler: skriv site.controller i konfigurasjonen", "there is no controller: write site.controller in the configuration"
	case LacksZone:
		return "sonen står ikke i skiltregisteret: registrer den og skiltene ved inngangene", "its zone is not in the sign register: enter it, and signs at its entrances"
	case LacksDecision:
		return "sonen trenger en gyldig beslutning om at kameraer er nødvendige", "its zone needs a decision in force that cameras are necessary"
	case LacksSigns:
		return "en offentlig inngang mangler gyldig skilt: heng det opp og kontroller det", "a public entrance has no valid sign: put it up and inspect it"
	case LacksPurpose:
		return "kameraarket har ikke noe formål: skriv det", "its sheet names no purpose: write it"
	case LacksAssessment:
		return "ingen godkjent vurdering som gjelder: registrer den", "no approved assessment is in force: enter it"
	}
	return string(l), string(l)
}

// Because is why a camera records.
type Because string

// Why a camera records.
const (
	Covered    Because = "covered"     // it lacks nothing
	Overridden Because = "override"    // somebody has decided so, see Override
	NoRegister Because = "no-register" // the gate is register, and there is no register yet
	HadFootage Because = "footage"     // it had recorded before there was a gate; once
	Admitted   Because = "admitted"    // it was let in earlier for one of these
	Open       Because = "off"         // the gate is off
)

// Admission is that a camera went to recording in a zone. It stands until the camera
// moves to another zone: what records goes on recording when a sign falls down, because
// the footage of that night must not be missing.
type Admission struct {
	Number   int              `cbor:"1,keyasint" json:"number"` // from 1
	Camera   footage.CameraID `cbor:"2,keyasint" json:"camera"`
	Zone     string           `cbor:"3,keyasint" json:"zone"`        // its name
	ZoneNo   string           `cbor:"4,keyasint" json:"zone_number"` // "" when the register had none of the name
	Because  Because          `cbor:"5,keyasint" json:"because"`
	Override int              `cbor:"6,keyasint" json:"override"` // that it was admitted by; 0: none
	Made     holds.Act        `cbor:"7,keyasint" json:"made"`
	Ended    holds.Act        `cbor:"8,keyasint" json:"ended"`
}

// holds reports whether the admission is for the zone that a camera has now, whose
// number is "" when the register has none of the name. A zone that was renamed is the
// same one.
func (a Admission) holds(c Camera, number string) bool {
	return a.Ended.At == 0 && a.Camera == c.ID && (a.Zone == c.Zone || a.ZoneNo != "" && a.ZoneNo == number)
}

// Passage is how a camera stands at the gate.
type Passage struct {
	Camera  footage.CameraID `json:"camera"`
	Records bool             `json:"records"` // it is to record
	Because Because          `json:"because"` // empty: it is not
	Lacks   []Lack           `json:"lacks"`   // also of one that records
	over    int              // the override that lets it
}

// Passage decides whether a camera is to record. Footage tells whether it has ever had
// any. The camera is one of the configuration that is enabled.
func (s Snapshot) Passage(c Camera, hadFootage bool) Passage {
	cover := s.cover(c)
	p := Passage{Camera: c.ID, Records: true, Lacks: s.lacks(c, cover)}
	ever := slices.ContainsFunc(s.Admissions, func(a Admission) bool { return a.Camera == c.ID })
	switch {
	case s.Live.Gate == GateOff:
		p.Because = Open
	case slices.ContainsFunc(s.Admissions, func(a Admission) bool { return a.holds(c, cover.Number) }):
		p.Because = Admitted
	case cover.Override != nil:
		p.Because, p.over = Overridden, cover.Override.Number
	case len(p.Lacks) == 0:
		p.Because = Covered
	case s.Live.Gate != GateAlways && len(s.Zones) == 0:
		p.Because = NoRegister
	case hadFootage && !ever:
		p.Because = HadFootage
	default:
		p.Records = false
	}
	return p
}

// Passages are those of the cameras that the configuration has enabled.
func (s Snapshot) Passages() (all []Passage) {
	for _, c := range s.Live.Cameras {
		if c.Recording {
			all = append(all, s.Passage(c, false))
		}
	}
	return all
}

func (s Snapshot) lacks(c Camera, cover Cover) []Lack {
	all := []Lack{}
	lack := func(is bool, l Lack) {
		if is {
			all = append(all, l)
		}
	}
	lack(s.Live.Facts.Controller == "", LacksController)
	lack(cover.Hole == NoZone, LacksZone)
	lack(cover.Hole == NoDecision, LacksDecision)
	lack(slices.ContainsFunc(cover.Entrances, func(e EntranceCover) bool { return e.Hole != "" }), LacksSigns)
	sheet, _ := s.SheetOf(c.ID)
	lack(!slices.ContainsFunc(sheet.Purposes, func(p string) bool { return slices.Contains(s.Live.Purposes, p) }), LacksPurpose)
	a, ok := s.AssessmentOf(c.ID, cover.Number)
	lack(!ok || !a.Approved || a.Review <= s.At, LacksAssessment)
	return all
}

// Why says in English why a camera is not to record and what to do, for the record of
// its gap; empty: it is to record.
func (p Passage) Why() string {
	if p.Records {
		return ""
	}
	var why []string
	for _, l := range p.Lacks {
		_, english := l.InWords()
		why = append(why, english)
	}
	return strings.Join(why, "; ")
}

// Admit decides which cameras are to record with all that has been entered, and writes
// down those that are admitted by it and those whose admission has ended.
func (s *Signs) Admit() (all []Passage, err error) {
	err = s.Index.Update(func(tx *index.Tx) error {
		r, err := Load(tx)
		if err != nil {
			return err
		}
		all, err = r.admit(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't decide which cameras are to record: %w", err)
	}
	return all, nil
}

func (r *Register) admit(tx *index.Tx) (all []Passage, err error) {
	put := func(a Admission, state string) error {
		if err := tx.Put(key(admissionKind, a.Number), a); err != nil {
			return err
		}
		return note(tx, ledger.System, string(a.Camera), state, "")
	}
	now := r.Latest(tx.Now)
	had := vault.Cameras(tx)
	for _, c := range now.Live.Cameras {
		number := now.cover(c).Number
		for i, a := range r.Admissions {
			if a.Camera != c.ID || a.Ended.At != 0 || a.holds(c, number) {
				continue
			}
			a.Ended = holds.Act{By: ledger.System, At: max(tx.Now, a.Made.At)}
			r.Admissions[i], now.Admissions[i] = a, a
			if err := put(a, "admission-ended"); err != nil {
				return nil, err
			}
		}
		if !c.Recording {
			continue
		}
		p := now.Passage(c, slices.Contains(had, c.ID))
		all = append(all, p)
		if !p.Records || p.Because == Admitted || p.Because == Open {
			continue
		}
		a := Admission{Number: len(r.Admissions) + 1, Camera: c.ID, Zone: c.Zone, ZoneNo: number, Because: p.Because, Override: p.over, Made: holds.Act{By: ledger.System, At: tx.Now}}
		r.Admissions, now.Admissions = append(r.Admissions, a), append(now.Admissions, a)
		if err := put(a, "admitted"); err != nil {
			return nil, err
		}
	}
	return all, nil
}
