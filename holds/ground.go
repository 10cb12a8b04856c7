package holds

import (
	"slices"
	"time"
)

// Ground is why footage may be kept past its seven days, by its code. The list is
// closed and follows the venues' privacy policies: likely use in an investigation
// (R23).
type Ground string

// The grounds.
const (
	CrimeLikely     Ground = "crime_likely"     // likely police use: a criminal offence
	AccidentLikely  Ground = "accident_likely"  // likely police use: an accident
	PoliceRequested Ground = "police_requested" // the police have asked for it
)

// Recovered is the ground of a hold that no person placed: the index was lost, and it
// is not known what of its footage was held. It is not on the list.
const Recovered Ground = "recovered"

// GroundRule is what the list says of a ground.
type GroundRule struct {
	Code         Ground
	Norwegian    string        // bokmål
	English      string        // the same
	Source       string        // what allows it
	Ceiling      time.Duration // from the recording; the policy in force may be stricter
	SecondPerson bool          // a hold on this ground always needs one (R25)
}

const privacyPolicy = "GDPR art. 6 (1) f; the venue's privacy policy, 2.7"

// GroundRules is the list.
var GroundRules = []GroundRule{
	{CrimeLikely, "Straffbar handling – sannsynlig utlevering til politiet", "Criminal offence – likely to be handed to the police", privacyPolicy, MaxHold, false},
	{AccidentLikely, "Ulykke – sannsynlig utlevering til politiet", "Accident – likely to be handed to the police", privacyPolicy, MaxHold, false},
	{PoliceRequested, "Politiet har bedt om opptaket", "The police have asked for the footage", privacyPolicy, MaxHold, false},
}

// Grounds are the codes of GroundRules: those that a person can hold footage on.
var Grounds = func() (all []Ground) {
	for _, r := range GroundRules {
		all = append(all, r.Code)
	}
	return all
}()

// Rule returns what the list says of g, and whether g is on it.
func (g Ground) Rule() (GroundRule, bool) {
	i := slices.IndexFunc(GroundRules, func(r GroundRule) bool { return r.Code == g })
	if i < 0 {
		return GroundRule{}, false
	}
	return GroundRules[i], true
}
